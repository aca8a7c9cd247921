//! Small changes to an XML text, each of them one fault or one legal variant.

use std::ops::Range;

/// A changed document.
pub struct Mutant {
    /// Name of the document it was made of.
    pub base: String,
    /// What was changed, in words.
    pub change: String,
    /// The document.
    pub text: String,
}

/// An element of a text: its name, and where its parts stand.
struct Piece {
    name: String,
    /// From its start tag to the end of its end tag.
    whole: Range<usize>,
    /// Its start tag.
    tag: Range<usize>,
    /// What it holds, when it is not an empty tag.
    inner: Option<Range<usize>>,
    parent: Option<usize>,
    attributes: Vec<Attribute>,
}

struct Attribute {
    name: String,
    /// With the blank before it.
    whole: Range<usize>,
    value: Range<usize>,
}

/// One change at one place.
#[derive(Clone, Copy)]
enum Change {
    Remove,
    Repeat,
    SwapWithNext,
    MoveFirst,
    MoveLast,
    Rename,
    Prefix,
    Unknown(&'static str),
    Wrap,
    Empty,
    AddText,
    AddComment,
    BorrowContent,
    AddAttribute,
    RemoveAttribute(usize),
    SetAttribute(usize, &'static str),
    BorrowAttribute(usize),
    AlterAttribute(usize),
    PadAttribute(usize),
    RecaseAttribute(usize),
}

/// `count` changes, spread evenly over all the changes that can be made to the documents.
pub fn spread(bases: &[(String, String)], count: usize) -> Vec<Mutant> {
    let parsed: Vec<_> = bases
        .iter()
        .map(|(name, text)| {
            let pieces = pieces(text);
            let changes = changes(&pieces);
            (name, text, pieces, changes)
        })
        .collect();
    let share = count / parsed.len().max(1);
    let mut mutants = Vec::new();
    for (name, text, pieces, changes) in &parsed {
        let step = changes.len() as f64 / share.max(1) as f64;
        for rank in 0..share {
            // A prime stride mixes kinds of change and places.
            let at = (rank as f64 * step.max(1.0)) as usize;
            if let Some((piece, change)) = changes.get(at) {
                mutants.extend(apply(name, text, pieces, *piece, *change));
            }
        }
    }
    mutants
}

fn changes(pieces: &[Piece]) -> Vec<(usize, Change)> {
    let mut all = Vec::new();
    for (rank, piece) in pieces.iter().enumerate() {
        let mut add = |change| all.push((rank, change));
        if piece.parent.is_some() {
            for change in [
                Change::Remove,
                Change::Repeat,
                Change::SwapWithNext,
                Change::MoveFirst,
                Change::MoveLast,
                Change::Rename,
                Change::Prefix,
                Change::Wrap,
            ] {
                add(change);
            }
        }
        for change in [
            Change::Empty,
            Change::AddText,
            Change::AddComment,
            Change::BorrowContent,
            Change::AddAttribute,
            Change::Unknown("UNK"),
            Change::Unknown("NA"),
        ] {
            add(change);
        }
        for (rank, attribute) in piece.attributes.iter().enumerate() {
            if attribute.name.starts_with("xmlns") {
                continue;
            }
            add(Change::RemoveAttribute(rank));
            add(Change::BorrowAttribute(rank));
            add(Change::AlterAttribute(rank));
            add(Change::PadAttribute(rank));
            add(Change::RecaseAttribute(rank));
            add(Change::SetAttribute(rank, ""));
            add(Change::SetAttribute(rank, "ZZ"));
            add(Change::SetAttribute(rank, "20190231"));
        }
    }
    all
}

fn apply(base: &str, text: &str, pieces: &[Piece], rank: usize, change: Change) -> Option<Mutant> {
    let piece = &pieces[rank];
    let attribute = |rank: usize| &piece.attributes[rank];
    let whole = &text[piece.whole.clone()];
    let in_tag = piece.tag.start + 1 + piece.name.len();
    let (range, new, words) = match change {
        Change::Remove => (piece.whole.clone(), String::new(), "removed".to_owned()),
        Change::Repeat => (
            piece.whole.clone(),
            format!("{whole}{whole}"),
            "twice".to_owned(),
        ),
        Change::SwapWithNext => {
            let next = pieces
                .iter()
                .find(|next| next.parent == piece.parent && next.whole.start >= piece.whole.end)?;
            let swapped = format!(
                "{}{}{whole}",
                &text[next.whole.clone()],
                &text[piece.whole.end..next.whole.start],
            );
            (
                piece.whole.start..next.whole.end,
                swapped,
                "after the next".to_owned(),
            )
        }
        Change::MoveFirst => {
            let start = pieces[piece.parent?].inner.clone()?.start;
            let moved = format!("{whole}{}", &text[start..piece.whole.start]);
            (start..piece.whole.end, moved, "first".to_owned())
        }
        Change::MoveLast => {
            let end = pieces[piece.parent?].inner.clone()?.end;
            let moved = format!("{}{whole}", &text[piece.whole.end..end]);
            (piece.whole.start..end, moved, "last".to_owned())
        }
        Change::Prefix => {
            let attributes = &text[in_tag..piece.tag.end];
            let (name, own) = (&piece.name, "xmlns:own=\"urn:hl7-org:v3\"");
            let prefixed = match &piece.inner {
                Some(inner) => format!(
                    "<own:{name} {own}{attributes}{}</own:{name}>",
                    &text[inner.clone()]
                ),
                None => format!("<own:{name} {own}{attributes}"),
            };
            (piece.whole.clone(), prefixed, "with a prefix".to_owned())
        }
        Change::Rename => {
            let renamed = match &piece.inner {
                Some(inner) => format!(
                    "<foo{}{}</foo>",
                    &text[in_tag..piece.tag.end],
                    &text[inner.clone()]
                ),
                None => format!("<foo{}", &text[in_tag..piece.tag.end]),
            };
            (piece.whole.clone(), renamed, "renamed".to_owned())
        }
        Change::Wrap => (
            piece.whole.clone(),
            format!("<x:y xmlns:x=\"urn:x\">{whole}</x:y>"),
            "wrapped".to_owned(),
        ),
        Change::Empty => (piece.inner.clone()?, String::new(), "emptied".to_owned()),
        Change::AddText => {
            let at = piece.inner.clone()?.start;
            (at..at, "some text".to_owned(), "with text".to_owned())
        }
        Change::AddComment => {
            let at = piece.inner.clone()?.start;
            (
                at..at,
                "<!-- said -->".to_owned(),
                "with a comment".to_owned(),
            )
        }
        Change::BorrowContent => {
            let other = pieces[rank + 1..]
                .iter()
                .chain(&pieces[..rank])
                .find(|other| other.name == piece.name && other.inner.is_some())?;
            let new = text[other.inner.clone()?].to_owned();
            let words = "holding what another holds".to_owned();
            (piece.inner.clone()?, new, words)
        }
        Change::AddAttribute => (
            in_tag..in_tag,
            " foo=\"1\"".to_owned(),
            "with foo".to_owned(),
        ),
        Change::Unknown(flavor) => {
            if piece.attributes.iter().any(|own| own.name == "nullFlavor") {
                return None;
            }
            let new = format!(" nullFlavor=\"{flavor}\"");
            (in_tag..in_tag, new, format!("unknown {flavor}"))
        }
        Change::RemoveAttribute(rank) => {
            let own = attribute(rank);
            (
                own.whole.clone(),
                String::new(),
                format!("without @{}", own.name),
            )
        }
        Change::SetAttribute(rank, value) => {
            let own = attribute(rank);
            (
                own.value.clone(),
                value.to_owned(),
                format!("@{}={value}", own.name),
            )
        }
        Change::BorrowAttribute(number) => {
            let own = attribute(number);
            let value = &text[own.value.clone()];
            let other = pieces[rank + 1..]
                .iter()
                .chain(&pieces[..rank])
                .flat_map(|piece| &piece.attributes)
                .find(|other| other.name == own.name && text[other.value.clone()] != *value)?;
            let new = text[other.value.clone()].to_owned();
            (own.value.clone(), new, format!("@{} of another", own.name))
        }
        Change::AlterAttribute(rank) => {
            let own = attribute(rank);
            let mut value = text[own.value.clone()].to_owned();
            let last = value.pop()?;
            value.push(if last == '7' { '3' } else { '7' });
            (own.value.clone(), value, format!("@{} altered", own.name))
        }
        Change::PadAttribute(rank) => {
            let own = attribute(rank);
            let value = format!(" {} ", &text[own.value.clone()]);
            (own.value.clone(), value, format!("@{} padded", own.name))
        }
        Change::RecaseAttribute(rank) => {
            let own = attribute(rank);
            let value = &text[own.value.clone()];
            let other = match value.to_uppercase() {
                upper if upper == value => value.to_lowercase(),
                upper => upper,
            };
            let words = format!("@{} in the other case", own.name);
            (own.value.clone(), other, words)
        }
    };
    let changed = format!("{}{new}{}", &text[..range.start], &text[range.end..]);
    (changed != text).then(|| Mutant {
        base: base.to_owned(),
        change: format!("{} {words}", piece.name),
        text: changed,
    })
}

/// The elements of a well-formed text without comments.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    let mut at = 0;
    while let Some(start) = text[at..].find('<').map(|found| at + found) {
        let end = match &text[start..] {
            rest if rest.starts_with("<!--") => {
                start + rest.find("-->").map_or(rest.len(), |end| end + 3)
            }
            rest => start + rest.find('>').map_or(rest.len(), |end| end + 1),
        };
        let tag = &text[start..end];
        at = end;
        if tag.starts_with("<!") || tag.starts_with("<?") {
            continue;
        }
        if tag.starts_with("</") {
            if let Some(rank) = open.pop() {
                pieces[rank].inner = Some(pieces[rank].tag.end..start);
                pieces[rank].whole.end = end;
            }
            continue;
        }
        let name: String = tag[1..]
            .chars()
            .take_while(|char| !char.is_whitespace() && !matches!(char, '/' | '>'))
            .collect();
        let attributes = attributes(text, start + 1 + name.len(), end);
        let rank = pieces.len();
        pieces.push(Piece {
            name,
            whole: start..end,
            tag: start..end,
            inner: None,
            parent: open.last().copied(),
            attributes,
        });
        if !tag.ends_with("/>") {
            open.push(rank);
        }
    }
    pieces
}

fn attributes(text: &str, start: usize, end: usize) -> Vec<Attribute> {
    let mut found = Vec::new();
    let mut at = start;
    while let Some(equals) = text[at..end].find('=').map(|found| at + found) {
        let quote = &text[equals + 1..=equals + 1];
        let value_start = equals + 2;
        let Some(value_end) = text[value_start..end]
            .find(quote)
            .map(|found| value_start + found)
        else {
            break;
        };
        let name = text[at..equals].trim();
        found.push(Attribute {
            name: name.to_owned(),
            whole: at..value_end + 1,
            value: value_start..value_end,
        });
        at = value_end + 1;
    }
    found
}
