//! Laying the lists of a release over the tables of `mappings/`.

use time::Date;

use super::{table::Table, validity::parse_day};

/// Puts `table` in the place of the one of the same path; a newer one stays, and so does a folder
/// without such a list. True when it was put there.
///
/// So an update of Passerelle, or of the network's folder, is never held back by a release of before.
pub fn lay_over(tables: &mut [(String, String)], path: &str, table: String) -> bool {
    let Some((_, known)) = tables.iter_mut().find(|(known, _)| known == path) else {
        return false;
    };
    if version(path, &table) < version(path, known) {
        return false;
    }
    *known = table;
    true
}

fn version(path: &str, text: &str) -> Option<Date> {
    let table = Table::read(path, text).ok()?;
    table.head("version").next().and_then(parse_day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newer_table_wins_whichever_side_it_stands_on() {
        let table = |day: &str| format!("# version: {day}\ncode\n1\n");
        let mut tables = vec![("national/A.csv".to_owned(), table("20260629120000"))];
        assert!(lay_over(&mut tables, "national/A.csv", table("2026-07-30")));
        assert!(!lay_over(
            &mut tables,
            "national/A.csv",
            table("2026-07-29")
        ));
        assert!(!lay_over(
            &mut tables,
            "national/B.csv",
            table("2026-07-30")
        ));
        assert_eq!(tables, [("national/A.csv".to_owned(), table("2026-07-30"))]);
    }
}
