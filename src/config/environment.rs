//! Settings given by environment variables: `PASSERELLE_SECTION__KEY`.

use toml_edit::{Array, DocumentMut, Item, Table, Value, value};

use super::DEFAULTS;

/// Prefix of every environment variable that is a setting.
pub(super) const PREFIX: &str = "PASSERELLE_";

/// Variables with that prefix that are not settings.
const NOT_SETTINGS: [&str; 1] = ["PASSERELLE_CONFIG"];

/// Name of the variable that gives the setting `key` (`section.key`).
pub(super) fn variable_of(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_uppercase())
}

/// The variables among `variables` that are settings, as a TOML document.
///
/// The default tells the type: what is a text there stays a text, so that a telephone keeps its
/// leading zero; a list is written with commas.
pub(super) fn document_of(variables: impl Iterator<Item = (String, String)>) -> DocumentMut {
    let defaults: DocumentMut = DEFAULTS.parse().expect("a test reads the defaults");
    let mut document = DocumentMut::new();
    for (name, text) in variables {
        let Some(key) = name
            .strip_prefix(PREFIX)
            .filter(|_| !NOT_SETTINGS.contains(&name.as_str()))
        else {
            continue;
        };
        let key = key.to_lowercase();
        let path: Vec<&str> = key.split("__").collect();
        let typed = typed_like(find(defaults.as_item(), &path), &text);
        insert(document.as_table_mut(), &path, typed);
    }
    document
}

fn find<'a>(item: &'a Item, path: &[&str]) -> Option<&'a Item> {
    path.iter().try_fold(item, |item, name| item.get(name))
}

fn typed_like(default: Option<&Item>, text: &str) -> Item {
    match default.and_then(Item::as_value) {
        Some(Value::Array(_)) => {
            let parts = text
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty());
            value(Array::from_iter(parts))
        }
        Some(Value::Integer(_)) => text
            .trim()
            .parse::<i64>()
            .map_or_else(|_| value(text), value),
        _ => value(text),
    }
}

fn insert(table: &mut Table, path: &[&str], item: Item) {
    match path {
        [] => {}
        [name] => {
            table.insert(name, item);
        }
        [name, below @ ..] => {
            let entry = table
                .entry(name)
                .or_insert_with(|| Item::Table(Table::new()));
            if let Some(table) = entry.as_table_mut() {
                insert(table, below, item);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(pairs: &[(&str, &str)]) -> String {
        let pairs = pairs
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        document_of(pairs).to_string()
    }

    #[test]
    fn a_text_stays_a_text_and_a_number_becomes_one() {
        let text = document(&[
            ("PASSERELLE_MAIL__CONTACT_PHONE", "0261910001"),
            ("PASSERELLE_MAIL__SMTP__PORT", "2587"),
            (
                "PASSERELLE_MAIL__TRUSTED_DOMAINS",
                "mssante.fr, example.invalid",
            ),
        ]);
        assert!(text.contains("contact_phone = \"0261910001\""), "{text}");
        assert!(text.contains("port = 2587"), "{text}");
        assert!(
            text.contains("trusted_domains = [\"mssante.fr\", \"example.invalid\"]"),
            "{text}"
        );
    }

    #[test]
    fn other_variables_are_left_alone() {
        assert_eq!(
            document(&[("HOME", "/"), ("PASSERELLE_CONFIG", "x.toml")]),
            ""
        );
    }
}
