//! The document as one HTML page.

use crate::html::escape;
use base64::{Engine, engine::general_purpose::STANDARD};
use rami_pdf::{Block, Cell, Document, Figure, Ink, Pixels, Shape, Style, Table, Text};
use rami_xray::{Image, picture};
use std::fmt::Write;

const STYLE: &str = include_str!("style.css");

/// The page.
pub(super) fn page(document: &Document) -> String {
    let mut contents = String::new();
    let mut body = String::new();
    let mut section = 0;
    for block in &document.blocks {
        if let Block::Heading { level: 2, text } = block {
            section += 1;
            let text = escape(text);
            let _ = write!(contents, "<li><a href=\"#s{section}\">{text}</a></li>");
            let _ = write!(body, "<h2 id=\"s{section}\">{text}</h2>");
        } else if let Block::Heading { level: 1, .. } = block {
            body.push_str("<p class=\"brand\">Rami</p>");
            self::block(&mut body, block);
        } else {
            self::block(&mut body, block);
        }
    }
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\"><title>{}</title><style>{STYLE}</style></head><body>\
         <nav aria-label=\"Contents\"><ul>{contents}</ul></nav><main>{body}</main></body></html>\n",
        escape(&document.language),
        escape(&document.title)
    )
}

fn block(out: &mut String, of: &Block) {
    match of {
        Block::Heading { level, text } => {
            let _ = write!(out, "<h{level}>{}</h{level}>", escape(text));
        }
        Block::Paragraph(text) => {
            let _ = write!(out, "<p>{}</p>", spans(text));
        }
        Block::List { ordered, items } => items_of(out, if *ordered { "ol" } else { "ul" }, "", items),
        Block::SmallPrint { items, .. } => items_of(out, "ul", " class=\"sources\"", items),
        Block::Table(table) => rows(out, table),
        Block::Figures(figures) => {
            let small = figures.len() > 1;
            let _ = write!(out, "<div class=\"{}\">", if small { "pictures" } else { "chart" });
            figures.iter().for_each(|figure| self::figure(out, figure));
            out.push_str("</div>");
        }
        Block::Frame(blocks) => {
            out.push_str("<div class=\"warnings\">");
            blocks.iter().for_each(|inner| block(out, inner));
            out.push_str("</div>");
        }
        // A report asks nothing.
        Block::Choices { .. } | Block::Space { .. } => {}
    }
}

fn items_of(out: &mut String, tag: &str, class: &str, items: &[Text]) {
    let _ = write!(out, "<{tag}{class}>");
    for item in items {
        let _ = write!(out, "<li>{}</li>", spans(item));
    }
    let _ = write!(out, "</{tag}>");
}

fn spans(text: &Text) -> String {
    let one = |text: &str, style: Style| match style {
        Style::Plain => escape(text),
        Style::Strong => format!("<strong>{}</strong>", escape(text)),
        Style::Code => format!("<code>{}</code>", escape(text)),
        Style::Cite => format!("<cite>{}</cite>", escape(text)),
    };
    text.0.iter().map(|span| one(&span.text, span.style)).collect()
}

fn rows(out: &mut String, table: &Table) {
    let _ = write!(out, "<table><caption>{}</caption>", escape(&table.caption));
    if table.head.iter().any(|cell| !cell.is_empty()) {
        out.push_str("<thead><tr>");
        for cell in &table.head {
            let _ = write!(out, "<th scope=\"col\">{}</th>", escape(cell));
        }
        out.push_str("</tr></thead>");
    }
    out.push_str("<tbody>");
    for row in &table.rows {
        out.push_str("<tr>");
        for (index, cell) in row.iter().enumerate() {
            let Cell::Lines(lines) = cell else { continue };
            let shown: Vec<String> = lines.iter().map(|line| told(line)).collect();
            let (open, close) = if index == 0 { ("<th scope=\"row\">", "</th>") } else { ("<td>", "</td>") };
            let _ = write!(out, "{open}{}{close}", shown.join("<br>"));
        }
        out.push_str("</tr>");
    }
    out.push_str("</tbody></table>");
}

/// A line of a cell; what stands in brackets is the truth that nobody in the room knew.
fn told(line: &str) -> String {
    if line.starts_with('[') && line.ends_with(']') {
        format!("<span class=\"truth\">{}</span>", escape(line))
    } else {
        escape(line)
    }
}

fn figure(out: &mut String, figure: &Figure) {
    let _ = write!(
        out,
        "<figure><svg viewBox=\"0 0 {:.1} {:.1}\" role=\"img\" aria-labelledby=\"{id}\"><title id=\"{id}\">{}</title>",
        figure.drawing.width,
        figure.drawing.height,
        escape(&figure.alternative),
        id = escape(&figure.id)
    );
    figure.drawing.shapes.iter().for_each(|shape| self::shape(out, shape));
    let _ = write!(out, "</svg><figcaption><b>{}</b>", escape(&figure.title));
    for line in &figure.caption {
        let _ = write!(out, "<br>{}", escape(line));
    }
    out.push_str("</figcaption></figure>");
}

fn shape(out: &mut String, shape: &Shape) {
    match shape {
        Shape::Copies { of, at, fill, line } => {
            let path: String = at.iter().map(|(x, y)| of.svg(*x, *y)).collect();
            let fill = match fill {
                Some(Ink::Grey(grey)) => {
                    let level = (255.0 * grey.clamp(0.0, 1.0)).round() as u8;
                    format!("#{level:02x}{level:02x}{level:02x}")
                }
                Some(Ink::Stripes) => "#888".to_owned(),
                None => "none".to_owned(),
            };
            let _ = write!(
                out,
                "<path d=\"{path}\" fill=\"{fill}\" stroke=\"#14181d\" stroke-width=\"{line}\" stroke-linecap=\"round\"/>"
            );
        }
        Shape::Label { x, y, size, text } => {
            let _ =
                write!(out, "<text x=\"{x:.1}\" y=\"{y:.1}\" font-size=\"{size}\">{}</text>", escape(text));
        }
        Shape::Picture { x, y, width, height, pixels } => {
            let Some(bytes) = png(pixels) else { return };
            let _ = write!(
                out,
                "<image x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" \
                 href=\"data:image/png;base64,{}\"/>",
                STANDARD.encode(bytes)
            );
        }
    }
}

/// A grey picture as PNG.
fn png(pixels: &Pixels) -> Option<Vec<u8>> {
    let image = Image::new(pixels.rows as usize, pixels.columns as usize, pixels.bytes.clone())?;
    picture::png(&image).ok()
}
