use proptest::prelude::*;

use super::*;
use crate::cda::{self, Block, Cell, Inline, ListItem, Row, Section, Table};
use crate::rendering::flow::Op;

fn document() -> Document {
    let bytes = std::fs::read("tests/data/cda/frcp-invented.xml").expect("the fixture is there");
    cda::read(&bytes).expect("it is a document")
}

/// Everything that is written on the pages, one text for each.
fn pages(document: &Document) -> Vec<String> {
    let fonts = Fonts::get();
    set(&summary(document), &parts(document), fonts)
        .pages
        .iter()
        .map(|ops| {
            ops.iter()
                .filter_map(|op| match op {
                    Op::Text { text, .. } => Some(text.as_str()),
                    Op::Box { .. } => None,
                })
                .collect::<Vec<_>>()
                .join("\n")
        })
        .collect()
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn the_file_says_that_it_is_an_archive() {
    let bytes = pdf(&document()).expect("it renders");
    assert!(bytes.starts_with(b"%PDF-1.4"));
    assert!(holds(&bytes, b"<pdfaid:part>1</pdfaid:part>"));
    assert!(holds(&bytes, b"<pdfaid:conformance>A</pdfaid:conformance>"));
}

#[test]
fn the_structure_says_what_is_a_heading_a_list_and_a_table() {
    let bytes = pdf(&document()).expect("it renders");
    for role in [
        "Document", "Sect", "H1", "H2", "H3", "P", "L", "LI", "Lbl", "LBody", "Table", "Caption",
        "TR", "TH", "TD",
    ] {
        assert!(holds(&bytes, format!("/S/{role}/P").as_bytes()), "{role}");
    }
    for fact in ["/MarkInfo", "/Lang(fr-FR)", "/Outlines"] {
        assert!(holds(&bytes, fact.as_bytes()), "{fact}");
    }
}

#[test]
fn a_table_of_labels_is_told_as_a_list_and_other_headings_stay_in_their_table() {
    let heading = |text: &str| Cell {
        is_heading: true,
        ..cell(text.to_owned(), 1, 1)
    };
    let labelled = |text: &str| Row {
        cells: vec![heading(text), cell("valeur".to_owned(), 1, 1)],
    };
    let wide = Row {
        cells: vec![
            heading("trois"),
            cell("a".to_owned(), 1, 1),
            cell("b".to_owned(), 1, 1),
        ],
    };
    let table = |body| Table {
        caption: None,
        head: Vec::new(),
        body,
    };
    let list = pdf(&document_with(table(vec![
        labelled("un"),
        labelled("deux"),
    ])));
    let list = list.expect("it renders");
    assert!(!holds(&list, b"/S/Table/P"));
    let mixed = pdf(&document_with(table(vec![labelled("un"), wide])));
    assert!(holds(&mixed.expect("it renders"), b"/S/Table/P"));
}

#[test]
fn the_same_document_gives_the_same_bytes() {
    assert!(pdf(&document()).expect("it renders") == pdf(&document()).expect("it renders"));
}

#[test]
fn everything_is_there_in_order() {
    insta::assert_snapshot!(pages(&document()).join("\n--- page ---\n"));
}

#[test]
fn a_long_document_shows_patient_meeting_and_number_on_every_page() {
    let mut document = document();
    let sections = document.sections.clone();
    for _ in 0..12 {
        document.sections.extend(sections.iter().cloned());
    }
    let pages = pages(&document);
    assert!(pages.len() > 5);
    for (index, page) in pages.iter().enumerate() {
        assert!(page.contains("LECŒUR-NÉ ZOÉ"));
        assert!(page.contains("RCP Sein - 3C du Nord"));
        assert!(page.contains(&format!("Page {} / {}", index + 1, pages.len())));
    }
}

fn cell(text: String, row_span: u16, column_span: u16) -> Cell {
    Cell {
        is_heading: false,
        column_span,
        row_span,
        blocks: vec![Block::Paragraph(vec![Inline::plain(text)])],
    }
}

fn document_with(table: Table) -> Document {
    Document {
        sections: vec![Section {
            title: Some("Tableau".to_owned()),
            blocks: vec![Block::Table(table)],
            ..Section::default()
        }],
        ..document()
    }
}

#[test]
fn the_head_of_a_table_is_repeated_and_no_row_is_lost() {
    let row = |text: String| Row {
        cells: vec![
            cell(text.clone(), 1, 1),
            cell(format!("suite {text}"), 1, 1),
        ],
    };
    let pages = pages(&document_with(Table {
        caption: None,
        head: vec![row("Tête".to_owned())],
        body: (0..200).map(|number| row(format!("n°{number};"))).collect(),
    }));
    assert!(pages.len() > 3);
    assert!(
        pages
            .iter()
            .all(|page| page.contains("\nTête\n") || page.starts_with("Tête\n"))
    );
    let all = pages.join("\n");
    for number in 0..200 {
        assert!(all.contains(&format!("\nn°{number};\n")), "{number}");
    }
}

#[test]
fn a_cell_longer_than_a_page_goes_on_to_the_next() {
    let words: String = (0..4_000).map(|number| format!("mot{number} ")).collect();
    let pages = pages(&document_with(Table {
        caption: None,
        head: Vec::new(),
        body: vec![Row {
            cells: vec![cell("court".to_owned(), 1, 1), cell(words, 1, 1)],
        }],
    }));
    assert!(pages.len() > 2);
    assert!(pages.first().is_some_and(|page| page.contains("mot0 ")));
    assert!(pages.last().is_some_and(|page| page.contains("mot3999")));
}

#[test]
fn characters_that_the_font_lacks_do_not_stop_the_archive() {
    let table = Table {
        caption: None,
        head: Vec::new(),
        body: vec![Row {
            cells: vec![cell("漢字 \u{1f600} \u{0} ok".to_owned(), 1, 1)],
        }],
    };
    let document = document_with(table);
    assert!(pdf(&document).is_ok());
    assert!(pages(&document).join("").contains("?? ? ? ok"));
}

fn any_block() -> impl Strategy<Value = Block> {
    let text = "[ a-zA-Z0-9éœ€漢\u{0}\n]{0,120}";
    let paragraph = prop::collection::vec((text, any::<bool>()), 0..4).prop_map(|texts| {
        Block::Paragraph(
            texts
                .into_iter()
                .map(|(text, bold)| Inline::Text {
                    text,
                    bold,
                    italic: false,
                    underline: bold,
                })
                .collect(),
        )
    });
    paragraph.prop_recursive(3, 24, 4, |inner| {
        let cell = (inner.clone(), any::<bool>(), 0_u16..70, 0_u16..5).prop_map(
            |(block, is_heading, column_span, row_span)| Cell {
                is_heading,
                column_span,
                row_span,
                blocks: vec![block],
            },
        );
        let row = prop::collection::vec(cell, 0..5).prop_map(|cells| Row { cells });
        prop_oneof![
            (any::<bool>(), prop::collection::vec(inner, 0..4)).prop_map(|(ordered, blocks)| {
                Block::List {
                    ordered,
                    caption: None,
                    items: blocks
                        .into_iter()
                        .map(|block| ListItem {
                            blocks: vec![block],
                        })
                        .collect(),
                }
            }),
            (
                prop::collection::vec(row.clone(), 0..2),
                prop::collection::vec(row, 0..6)
            )
                .prop_map(|(head, body)| Block::Table(Table {
                    caption: None,
                    head,
                    body
                })),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn no_narrative_stops_the_archive(blocks in prop::collection::vec(any_block(), 0..5)) {
        let document = Document {
            sections: vec![Section { blocks, ..Section::default() }],
            ..document()
        };
        prop_assert!(pdf(&document).is_ok());
    }
}
