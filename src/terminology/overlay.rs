//! Laying the lists of a release over the tables of `mappings/`.

use time::Date;

use super::{table::Table, validity::parse_day};

/// Puts `table` in the place of the one of the same path, which is given back; a newer one stays,
/// and so does a folder without such a list.
///
/// So an update of Passerelle, or of the network's folder, is never held back by a release of before.
pub fn lay_over(tables: &mut [(String, String)], path: &str, table: String) -> Option<String> {
    let (_, known) = tables.iter_mut().find(|(known, _)| known == path)?;
    if version(path, &table) < version(path, known) {
        return None;
    }
    Some(std::mem::replace(known, table))
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
        let mut lay = |path, day| lay_over(&mut tables, path, table(day));
        let former = lay("national/A.csv", "2026-07-30");
        assert_eq!(former, Some(table("20260629120000")));
        assert_eq!(lay("national/A.csv", "2026-07-29"), None);
        assert_eq!(lay("national/B.csv", "2026-07-30"), None);
        assert_eq!(tables, [("national/A.csv".to_owned(), table("2026-07-30"))]);
    }
}
