//! A document on paper: whole, tagged, the same every time, and on as many pages as it needs.
#![allow(clippy::unwrap_used, clippy::panic)] // a failed unwrap is a failed test

use rami_pdf::{
    Block, Cell, Document, Drawing, Figure, Ink, Outline, PdfError, Pixels, Shape, Style, Table, Text, write,
};

fn document(blocks: Vec<Block>) -> Document {
    Document {
        language: "en".into(),
        title: "A <title> & more".into(),
        subject: "A test".into(),
        footer: "Foot of the page".into(),
        blocks,
    }
}

fn figure(id: &str, shapes: Vec<Shape>) -> Figure {
    Figure {
        id: id.into(),
        title: "A square".into(),
        drawing: Drawing { width: 100.0, height: 60.0, shapes },
        alternative: "A striped square".into(),
        caption: vec!["It is striped.".into()],
    }
}

fn square() -> Shape {
    let of = Outline::default().rectangle(0.0, 0.0, 40.0, 40.0);
    Shape::Copies { of, at: vec![(5.0, 5.0), (50.0, 5.0)], fill: Some(Ink::Stripes), line: 1.0 }
}

fn everything() -> Vec<Block> {
    let pixels = Pixels { columns: 2, rows: 2, bytes: vec![0, 85, 170, 255] };
    let picture = Shape::Picture { x: 0.0, y: 0.0, width: 50.0, height: 50.0, pixels };
    let label = Shape::Label { x: 10.0, y: 55.0, size: 8.0, text: "left".into() };
    vec![
        Block::Heading { level: 1, text: "The document".into() },
        Block::Heading { level: 2, text: "A section".into() },
        Block::Paragraph(
            Text::from("Plain and ").then("strong", Style::Strong).then(" words, and 山田.", Style::Plain),
        ),
        Block::List { ordered: true, items: vec!["One".into(), "Two".into()] },
        Block::Table(Table {
            caption: "A table".into(),
            head: vec!["What".into(), "Mark".into()],
            widths: vec![2.0, 1.0],
            rows: (0..80)
                .map(|i| {
                    let label = format!("Mark of {i}");
                    vec![
                        Cell::line(format!("Row {i}")),
                        Cell::Number { id: format!("n{i}"), label, low: 0, high: 10 },
                    ]
                })
                .collect(),
        }),
        Block::Figures(vec![figure("a", vec![square(), label]), figure("b", vec![picture])]),
        Block::Frame(vec![
            Block::Heading { level: 3, text: "Look".into() },
            Block::Paragraph("Inside.".into()),
        ]),
        Block::Choices {
            id: "c".into(),
            legend: "Which?".into(),
            options: vec![("yes".into(), "Yes".into()), ("no".into(), "No".into())],
        },
        Block::Space { id: "s".into(), label: "Write here".into(), lines: 4 },
        Block::SmallPrint { language: Some("es".into()), items: vec!["Una fuente".into()] },
    ]
}

/// The plain objects of the file as text; compressed streams are left as they are.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_file_says_what_it_is_and_every_element_has_its_role() {
    let file = text(&write(&document(everything())).unwrap());
    assert!(file.starts_with("%PDF-1.7"));
    for part in [
        "/Lang (en)",
        "/Marked true",
        "/DisplayDocTitle true",
        "<pdfuaid:part>1</pdfuaid:part>",
        "A &lt;title&gt; &amp; more",
        "/S /H1",
        "/S /H2",
        "/S /LBody",
        "/S /TH",
        "/Scope /Column",
        "/Scope /Row",
        "/S /Figure",
        "/Alt (A striped square)",
        "/Lang (es)",
        "/ParentTree ",
        "/FontFile2 ",
        "/ToUnicode ",
        "/PatternType 1",
    ] {
        assert!(file.contains(part), "{part} is missing");
    }
    // 80 rows and a header, each with a header cell of its own; the header's copies on further pages are decoration.
    assert_eq!(file.matches("/S /TR").count(), 81);
    assert_eq!(file.matches("/S /TH\n").count(), 82);
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert_eq!(write(&document(everything())).unwrap(), write(&document(everything())).unwrap());
}

#[test]
fn pages_are_added_as_they_are_needed_and_nothing_hangs_on_a_row_higher_than_a_page() {
    let pages =
        |blocks: Vec<Block>| text(&write(&document(blocks)).unwrap()).matches("/Type /Page\n").count();
    assert_eq!(pages(vec![Block::Paragraph("One line.".into())]), 1);
    // 200 paragraphs of one line: 14.85 points each and 6 between, 720 to a page.
    let many = (0..200).map(|i| Block::Paragraph(format!("Paragraph {i}").into())).collect();
    assert_eq!(pages(many), 6);
    let tall = vec![vec![Cell::line("word ".repeat(4000)), Cell::line("x")]];
    let table =
        Table { caption: String::new(), head: vec!["a".into(), "b".into()], widths: vec![], rows: tall };
    assert!(pages(vec![Block::Table(table)]) > 3);
    let framed = Block::Frame((0..120).map(|i| Block::Paragraph(format!("Line {i}").into())).collect());
    assert!(pages(vec![framed]) > 3);
}

#[test]
fn nothing_at_all_is_still_a_page() {
    assert!(text(&write(&document(Vec::new())).unwrap()).contains("/Count 1"));
}

#[test]
fn what_cannot_be_drawn_is_named() {
    let of = |drawing: Drawing| {
        let figure = Figure { drawing, ..figure("map", Vec::new()) };
        write(&document(vec![Block::Frame(vec![Block::Figures(vec![figure])])])).unwrap_err()
    };
    let size = of(Drawing { width: f64::NAN, height: 10.0, shapes: Vec::new() });
    assert!(matches!(&size, PdfError::Size { id, .. } if id == "map"), "{size}");
    let pixels = Pixels { columns: 3, rows: 3, bytes: vec![0; 10] };
    let picture = Shape::Picture { x: 0.0, y: 0.0, width: 5.0, height: 5.0, pixels };
    let wrong = of(Drawing { width: 10.0, height: 10.0, shapes: vec![picture] });
    assert!(wrong.to_string().contains("3 × 3 pixels has 10 bytes"), "{wrong}");
}
