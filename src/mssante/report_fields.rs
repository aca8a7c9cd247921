//! Machine-readable part of a report: groups of `Name: value` lines.

/// Fields of one group, in their order.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Fields(Vec<(String, String)>);

/// A report holds no more fields than this; what follows is not read.
const MAX_FIELDS: usize = 2_000;

impl Fields {
    /// Value of the first field of that name, whatever its case; absent when empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .filter(|value| !value.is_empty())
    }

    /// Value of an address field without its type: `rfc822;a@b.fr` gives `a@b.fr`.
    pub fn address(&self, name: &str) -> Option<String> {
        let value = self.get(name)?;
        let address = value.split_once(';').map_or(value, |(_, address)| address);
        Some(address.trim().trim_matches(['<', '>']).to_ascii_lowercase())
            .filter(|address| !address.is_empty())
    }
}

/// Groups of fields, separated by empty lines; folded values are joined by one space.
///
/// **Source:** RFC 3464, 2.1; RFC 8098, 3.
pub(super) fn groups(content: &[u8]) -> Vec<Fields> {
    let text = String::from_utf8_lossy(content);
    let mut groups = Vec::new();
    let mut current = Fields::default();
    for line in text.lines().take(MAX_FIELDS) {
        if line.trim().is_empty() {
            if !current.0.is_empty() {
                groups.push(std::mem::take(&mut current));
            }
        } else if line.starts_with([' ', '\t']) {
            if let Some((_, value)) = current.0.last_mut() {
                value.push(' ');
                value.push_str(line.trim());
            }
        } else if let Some((name, value)) = line.split_once(':') {
            current
                .0
                .push((name.trim().to_owned(), value.trim().to_owned()));
        }
    }
    if !current.0.is_empty() {
        groups.push(current);
    }
    groups
}

/// A message identifier without its angle brackets; absent when empty.
pub(super) fn bare_id(id: &str) -> Option<String> {
    let id = id.trim();
    let bare = id
        .strip_prefix('<')
        .and_then(|inner| inner.strip_suffix('>'))
        .unwrap_or(id);
    (!bare.is_empty()).then(|| bare.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_fields_are_joined_and_groups_are_separated() {
        let read = groups(b"A: 1\r\n\r\nB: x\r\n  y\r\nFinal-Recipient: rfc822; <Dr@X.fr>\r\n");
        let [first, second] = read.as_slice() else {
            panic!("two groups, not {read:?}")
        };
        assert_eq!(first.get("a"), Some("1"));
        assert_eq!(second.get("b"), Some("x y"));
        assert_eq!(
            second.address("final-recipient").as_deref(),
            Some("dr@x.fr")
        );
    }
}
