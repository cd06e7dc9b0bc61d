//! The guide as one HTML page: no script, nothing from a network. Everything that comes from a chart is escaped here.

use super::guide::Guide;
use super::words::Words;
use crate::data::plain;
use rami_pdf::{Block, Cell, Drawing, Figure, Ink, Shape, Style, Table, Text};

const STYLE: &str = include_str!("../../data/decision.css");

/// The stripes, once a page.
const DEFINITIONS: &str = "<svg width=\"0\" height=\"0\" aria-hidden=\"true\" focusable=\"false\" class=\"defs\"><defs>\
<pattern id=\"stripes\" width=\"3\" height=\"3\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
<rect width=\"3\" height=\"3\" fill=\"#fff\"/><rect width=\"1.4\" height=\"3\" fill=\"#000\"/></pattern></defs></svg>\n";

/// Text made safe for HTML text and quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in plain(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The page.
pub(super) fn page(guide: &Guide, words: &Words) -> String {
    // The first section is the whole in short: it stands before the contents, where it is seen without turning a page.
    let contents: String = guide
        .sections
        .iter()
        .skip(1)
        .map(|section| format!("<li><a href=\"#{}\">{}</a></li>\n", section.id, escape(&section.title)))
        .collect();
    let mut sections = guide.sections.iter().map(|section| {
            let (id, title) = (section.id, escape(&section.title));
            let blocks: String = section.blocks.iter().map(block).collect();
            format!("<section id=\"{id}\" aria-labelledby=\"{id}-h\">\n<h2 id=\"{id}-h\">{title}</h2>\n{blocks}</section>\n")
        });
    let short = sections.next().unwrap_or_default();
    let body: String = sections.collect();
    let name =
        guide.person.as_deref().map(|person| format!("<p>{}</p>\n", escape(person))).unwrap_or_default();
    let (lang, title, skip) = (guide.language, escape(&guide.title), escape(words.text("skip")));
    let notice = escape(&guide.notice);
    let contents_title = escape(words.text("contents"));
    format!(
        "<!DOCTYPE html>\n<html lang=\"{lang}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">{skip}</a>\n{DEFINITIONS}\
         <header>\n<h1>{title}</h1>\n{name}<p class=\"notice\"><strong>{notice}</strong></p>\n</header>\n\
         <main id=\"main\">\n{short}\
         <nav aria-labelledby=\"contents-h\">\n<h2 id=\"contents-h\">{contents_title}</h2>\n<ul>\n{contents}</ul>\n</nav>\n\
         {body}</main>\n</body>\n</html>\n"
    )
}

fn block(block: &Block) -> String {
    match block {
        // Sections have the headings of level 2; what is below them is of level 3.
        Block::Heading { text, .. } => format!("<h3>{}</h3>\n", escape(text)),
        Block::Paragraph(text) => format!("<p>{}</p>\n", spans(text)),
        Block::List { ordered, items } => {
            let tag = if *ordered { "ol" } else { "ul" };
            format!("<{tag}>\n{}</{tag}>\n", list_items(items))
        }
        Block::Table(of) => table(of),
        Block::Figures(figures) => {
            format!("<div class=\"arrays\">\n{}</div>\n", figures.iter().map(figure).collect::<String>())
        }
        Block::Frame(blocks) => {
            format!("<div class=\"flags\">\n{}</div>\n", blocks.iter().map(self::block).collect::<String>())
        }
        Block::Choices { id, legend, options } => {
            let choices: String = options
                .iter()
                .map(|(value, text)| {
                    let (value, text) = (escape(value), escape(text));
                    format!("<label><input type=\"radio\" name=\"{id}\" value=\"{value}\"> {text}</label>\n")
                })
                .collect();
            format!("<fieldset><legend>{}</legend>\n{choices}</fieldset>\n", escape(legend))
        }
        Block::Space { id, label, lines } => format!(
            "<p><label for=\"{id}\">{}</label></p>\n<textarea id=\"{id}\" rows=\"{lines}\"></textarea>\n",
            escape(label)
        ),
        // The marks let the reading grade leave this part out.
        Block::SmallPrint { language, items } => {
            let lang = language.as_deref().map(|l| format!(" lang=\"{}\"", escape(l))).unwrap_or_default();
            format!(
                "<!-- for the doctor --><ul class=\"sources\"{lang}>\n{}</ul><!-- end -->\n",
                list_items(items)
            )
        }
    }
}

fn spans(text: &Text) -> String {
    let span = |(text, style): (&str, Style)| {
        let text = escape(text);
        match style {
            Style::Plain => text,
            Style::Strong => format!("<strong>{text}</strong>"),
            Style::Code => format!("<code>{text}</code>"),
            Style::Cite => format!("<cite>{text}</cite>"),
        }
    };
    text.0.iter().map(|s| span((s.text.as_str(), s.style))).collect()
}

fn list_items(items: &[Text]) -> String {
    items.iter().map(|item| format!("<li>{}</li>\n", spans(item))).collect()
}

fn table(table: &Table) -> String {
    let head: String =
        table.head.iter().map(|cell| format!("<th scope=\"col\">{}</th>", escape(cell))).collect();
    let body: String = table
        .rows
        .iter()
        .map(|row| {
            let cells: String = row
                .iter()
                .enumerate()
                .map(|(i, of)| {
                    if i == 0 {
                        format!("<th scope=\"row\">{}</th>", cell(of))
                    } else {
                        format!("<td>{}</td>", cell(of))
                    }
                })
                .collect();
            format!("<tr>{cells}</tr>\n")
        })
        .collect();
    format!(
        "<table><caption>{}</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table>\n",
        escape(&table.caption)
    )
}

fn cell(cell: &Cell) -> String {
    match cell {
        Cell::Lines(lines) => lines.iter().map(|line| escape(line)).collect::<Vec<_>>().join("<br>"),
        Cell::Number { id, label, low, high } => format!(
            "<input type=\"number\" min=\"{low}\" max=\"{high}\" id=\"{id}\" aria-label=\"{}\">",
            escape(label)
        ),
    }
}

fn figure(figure: &Figure) -> String {
    let last = figure.caption.len().saturating_sub(1);
    let caption: String = figure
        .caption
        .iter()
        .enumerate()
        .map(|(i, line)| {
            let class = if i == last { " class=\"key\"" } else { "" };
            format!("<p{class}>{}</p>", escape(line))
        })
        .collect();
    format!(
        "<figure>\n<h3>{}</h3>\n{}<figcaption>{caption}</figcaption>\n</figure>\n",
        escape(&figure.title),
        svg(&figure.id, &figure.alternative, &figure.drawing)
    )
}

/// A drawing as inline SVG. `alternative` is what a screen reader says instead; `id` must be unique on the page.
fn svg(id: &str, alternative: &str, drawing: &Drawing) -> String {
    let shapes: String = drawing.shapes.iter().map(shape).collect();
    format!(
        "<svg class=\"people\" viewBox=\"0 0 {} {}\" role=\"img\" aria-labelledby=\"{id}\"><title id=\"{id}\">{}</title>{shapes}</svg>\n",
        drawing.width,
        drawing.height,
        escape(alternative)
    )
}

fn shape(shape: &Shape) -> String {
    match shape {
        Shape::Copies { of, at, fill, line } if !at.is_empty() => {
            let path: String = at.iter().map(|(x, y)| of.svg(*x, *y)).collect();
            let fill = match fill {
                Some(Ink::Grey(grey)) => {
                    let level = (255.0 * grey.clamp(0.0, 1.0)).round() as u8;
                    format!("#{level:02x}{level:02x}{level:02x}")
                }
                Some(Ink::Stripes) => "url(#stripes)".into(),
                None => "none".into(),
            };
            format!("<path d=\"{path}\" fill=\"{fill}\" stroke=\"#111\" stroke-width=\"{line}\"/>")
        }
        Shape::Copies { .. } => String::new(),
        Shape::Label { x, y, size, text } => {
            format!("<text x=\"{x}\" y=\"{y}\" font-size=\"{size}\">{}</text>", escape(text))
        }
        // The guide has no pictures of pixels.
        Shape::Picture { .. } => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_becomes_harmless() {
        assert_eq!(
            escape("<script>alert('x')&\"</script>"),
            "&lt;script&gt;alert(&#39;x&#39;)&amp;&quot;&lt;/script&gt;"
        );
        assert_eq!(escape("a\u{0}b\u{202e}c"), "a bc");
    }
}
