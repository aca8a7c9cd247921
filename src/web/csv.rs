//! Tables as people open them in a spreadsheet.

use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};

/// What spreadsheets take for the beginning of a formula.
const FORMULA: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// A file under that name.
pub fn csv_answer(name: &str, body: Body) -> Response {
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("text/csv; charset=utf-8"),
        ),
        (
            header::CONTENT_DISPOSITION,
            HeaderValue::from_str(&disposition)
                .unwrap_or_else(|_| HeaderValue::from_static("attachment")),
        ),
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (
            header::X_CONTENT_TYPE_OPTIONS,
            HeaderValue::from_static("nosniff"),
        ),
    ];
    (headers, body).into_response()
}

/// A line, its cells in quotes, with semicolons: what French spreadsheets open. A cell that would be
/// read as a formula begins with an apostrophe.
///
/// **Source:** RFC 4180; OWASP, CSV injection.
pub fn push_line(text: &mut String, cells: &[String]) {
    for (rank, cell) in cells.iter().enumerate() {
        if rank > 0 {
            text.push(';');
        }
        text.push('"');
        let is_number = cell.chars().all(|character| character.is_ascii_digit());
        if !is_number && cell.trim_start_matches(' ').starts_with(FORMULA) {
            text.push('\'');
        }
        text.push_str(&cell.replace('"', "\"\""));
        text.push('"');
    }
    text.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn line(cells: &[&str]) -> String {
        let mut text = String::new();
        let cells: Vec<String> = cells.iter().map(|cell| (*cell).to_owned()).collect();
        push_line(&mut text, &cells);
        text
    }

    #[test]
    fn no_cell_is_read_as_a_formula() {
        assert_eq!(
            line(&["=1+1", "-2", "@a", " +x", "Sein", "12"]),
            "\"'=1+1\";\"'-2\";\"'@a\";\"' +x\";\"Sein\";\"12\"\r\n"
        );
        assert_eq!(line(&["a\"b;c"]), "\"a\"\"b;c\"\r\n");
    }

    proptest! {
        #[test]
        fn a_spreadsheet_reads_what_was_written(cell in "\\PC{0,20}") {
            let text = line(&[&cell, "end"]);
            let mut reader = csv::ReaderBuilder::new()
                .has_headers(false)
                .delimiter(b';')
                .from_reader(text.as_bytes());
            let record = reader.records().next().expect("a line").expect("readable");
            prop_assert_eq!(record.len(), 2);
            let read = record[0].strip_prefix('\'').filter(|_| !cell.starts_with('\'')).unwrap_or(&record[0]);
            prop_assert_eq!(read, cell.as_str());
            prop_assert!(!record[0].trim_start_matches(' ').starts_with(FORMULA));
        }
    }
}
