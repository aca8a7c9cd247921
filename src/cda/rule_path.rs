//! Where a rule looks: paths of elements with tests, as the tables in `profiles/cda/` write them.
//!
//! | Written | Means |
//! |---|---|
//! | `a/b` | children `b` of children `a` |
//! | `.`, `.act` | the element itself; only if it is an `act` |
//! | `..entryRelationship` | its parent, if it has that name |
//! | `.//a`, `//a` | `a` anywhere below; anywhere in the document |
//! | `*` | any element |
//! | `[@a]`, `[!@a]` | has, has not the attribute |
//! | `[@a=x\|y]`, `[@a!=x\|y]` | its attribute is, is not one of these |
//! | `[t:OID\|OID]` | declares one of these templates |
//! | `[a/b]`, `[!a/b]`, `[a/@b=x]` | has, has not such a descendant |
//! | `[type=CD]`, `[type!=CD]` | has, has not that datatype, by `xsi:type` |
//! | `[=text]` | says that text |
//! | `[first]`, `[!first]` | is, is not the first child of its name |

use std::collections::HashMap;

use super::tree::{Element, Namespace};

/// The elements of a document by their names: rules that look everywhere find them at once.
#[derive(Debug)]
pub(super) struct ElementIndex<'t> {
    by_name: HashMap<&'t str, Vec<Element<'t>>>,
}

impl<'t> ElementIndex<'t> {
    /// Every element below `root`.
    pub(super) fn of(root: Element<'t>) -> Self {
        let mut by_name: HashMap<_, Vec<_>> = HashMap::new();
        for element in root.descendants() {
            by_name.entry(element.name()).or_default().push(element);
        }
        Self { by_name }
    }

    /// Those of that name.
    pub(super) fn named(&self, name: Option<&str>) -> &[Element<'t>] {
        name.and_then(|name| self.by_name.get(name))
            .map_or(&[], Vec::as_slice)
    }
}

/// A path from an element to others.
#[derive(Debug)]
pub(super) struct Path {
    /// As it is written, for messages.
    pub(super) text: &'static str,
    start: Start,
    steps: Vec<Step>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Start {
    Here,
    Parent,
    Below,
    Anywhere,
}

/// One step: the name of an element, and what it must be like.
#[derive(Debug)]
pub(super) struct Step {
    namespace: Namespace,
    /// None for any.
    name: Option<&'static str>,
    tests: Vec<Test>,
}

#[derive(Debug)]
enum Test {
    Attribute(&'static str, Values),
    Template(Vec<&'static str>),
    Path {
        steps: Vec<Step>,
        attribute: Option<(&'static str, Values)>,
        is_there: bool,
    },
    Type(&'static str, bool),
    Text(&'static str),
    First(bool),
}

#[derive(Debug)]
enum Values {
    Any,
    Absent,
    OneOf(Vec<&'static str>),
    NoneOf(Vec<&'static str>),
}

impl Path {
    pub(super) fn read(text: &'static str) -> Self {
        let (start, rest) = if let Some(rest) = text.strip_prefix(".//") {
            (Start::Below, rest)
        } else if let Some(rest) = text.strip_prefix("//") {
            (Start::Anywhere, rest)
        } else if let Some(rest) = text.strip_prefix("..") {
            (Start::Parent, rest)
        } else {
            (Start::Here, text)
        };
        Self {
            text,
            start,
            steps: steps(rest),
        }
    }

    /// Elements at the end of the path, in the order of the document.
    pub(super) fn select<'t>(
        &self,
        from: Element<'t>,
        index: &ElementIndex<'t>,
    ) -> Vec<Element<'t>> {
        let mut found = Vec::new();
        let Some((first, rest)) = self.steps.split_first() else {
            return found;
        };
        let mut begin = |element: Element<'t>| {
            if first.takes(element) {
                walk(element, rest, &mut |end| found.push(end));
            }
        };
        match self.start {
            Start::Here if self.text.starts_with('.') => begin(from),
            Start::Here => from.elements().for_each(begin),
            Start::Parent => from.parent().into_iter().for_each(begin),
            Start::Below => from.descendants().for_each(begin),
            Start::Anywhere => index.named(first.name).iter().copied().for_each(begin),
        }
        found
    }
}

impl Step {
    /// A step alone: `name[tests]`.
    pub(super) fn read(text: &'static str) -> Self {
        let end = text.find('[').unwrap_or(text.len());
        let (name, tests) = text.split_at(end);
        let name = name.strip_prefix('.').unwrap_or(name);
        let (namespace, name) = match name.strip_prefix("sdtc:") {
            Some(name) => (Namespace::Sdtc, name),
            None => (Namespace::Hl7, name),
        };
        Self {
            namespace,
            name: (!matches!(name, "" | "*")).then_some(name),
            tests: bracketed(tests).into_iter().map(test).collect(),
        }
    }

    pub(super) fn takes(&self, element: Element<'_>) -> bool {
        self.name
            .is_none_or(|name| element.is_named(self.namespace, name))
            && self.tests.iter().all(|test| test.holds(element))
    }
}

impl Test {
    fn holds(&self, element: Element<'_>) -> bool {
        match self {
            Self::Attribute(name, values) => values.take(element.attribute(name)),
            Self::Template(roots) => element.all("templateId").any(|id| {
                id.attribute("root")
                    .is_some_and(|root| roots.contains(&root))
            }),
            Self::Path {
                steps,
                attribute,
                is_there,
            } => {
                let mut found = false;
                walk(element, steps, &mut |end| {
                    found |= attribute
                        .as_ref()
                        .is_none_or(|(name, values)| values.take(end.attribute(name)));
                });
                found == *is_there
            }
            Self::Type(name, is_it) => (element.value_type() == Some(name)) == *is_it,
            Self::Text(text) => element.text() == *text,
            Self::First(is_it) => {
                let is_first = element.parent().is_none_or(|parent| {
                    let first = parent.elements().find(|twin| twin.name() == element.name());
                    first == Some(element)
                });
                is_first == *is_it
            }
        }
    }
}

impl Values {
    fn take(&self, value: Option<&str>) -> bool {
        match self {
            Self::Any => value.is_some(),
            Self::Absent => value.is_none(),
            Self::OneOf(values) => value.is_some_and(|value| values.contains(&value)),
            Self::NoneOf(values) => value.is_none_or(|value| !values.contains(&value)),
        }
    }
}

/// Follows the steps from an element; hands over each end.
fn walk<'t>(from: Element<'t>, steps: &[Step], found: &mut impl FnMut(Element<'t>)) {
    match steps.split_first() {
        None => found(from),
        Some((first, rest)) => {
            for child in from.elements().filter(|child| first.takes(*child)) {
                walk(child, rest, found);
            }
        }
    }
}

fn steps(text: &'static str) -> Vec<Step> {
    split_outside(text, '/')
        .into_iter()
        .map(Step::read)
        .collect()
}

/// Parts of a text between separators that stand outside of brackets.
fn split_outside(text: &'static str, separator: char) -> Vec<&'static str> {
    let mut depth = 0_usize;
    text.split(|char: char| {
        match char {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        char == separator && depth == 0
    })
    .collect()
}

/// What stands in each pair of brackets.
fn bracketed(text: &'static str) -> Vec<&'static str> {
    let mut parts = Vec::new();
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, char) in text.char_indices() {
        match char {
            '[' => {
                depth += 1;
                if depth == 1 {
                    start = at + 1;
                }
            }
            ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    parts.extend(text.get(start..at));
                }
            }
            _ => {}
        }
    }
    parts
}

fn test(text: &'static str) -> Test {
    if let "first" | "!first" = text {
        return Test::First(text == "first");
    }
    if let Some(roots) = text.strip_prefix("t:") {
        return Test::Template(roots.split('|').collect());
    }
    if let Some(name) = text.strip_prefix("type=") {
        return Test::Type(name, true);
    }
    if let Some(name) = text.strip_prefix("type!=") {
        return Test::Type(name, false);
    }
    if let Some(said) = text.strip_prefix('=') {
        return Test::Text(said);
    }
    if let Some(name) = text.strip_prefix("!@") {
        return Test::Attribute(name, Values::Absent);
    }
    if let Some(attribute) = text.strip_prefix('@') {
        let (name, values) = values(attribute);
        return Test::Attribute(name, values);
    }
    let (is_there, path) = match text.strip_prefix('!') {
        Some(path) => (false, path),
        None => (true, text),
    };
    let (path, attribute) = match path.split_once("/@") {
        Some((path, attribute)) if !path.contains('[') => (path, Some(values(attribute))),
        _ => (path, None),
    };
    Test::Path {
        steps: steps(path),
        attribute,
        is_there,
    }
}

/// `a`, `a=x|y` or `a!=x|y`.
fn values(text: &'static str) -> (&'static str, Values) {
    if let Some((name, values)) = text.split_once("!=") {
        (name, Values::NoneOf(values.split('|').collect()))
    } else if let Some((name, values)) = text.split_once('=') {
        (name, Values::OneOf(values.split('|').collect()))
    } else {
        (text, Values::Any)
    }
}

#[cfg(test)]
#[expect(clippy::indexing_slicing, reason = "tests may panic")]
mod tests {
    use super::super::tree::Tree;
    use super::*;

    const TEXT: &str = r#"<a xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<b x="1"><templateId root="1.2"/><c code="K"/></b><b x="2"><c code="L"/><value xsi:type="CD"/></b><t>Some text</t></a>"#;

    fn count(path: &'static str) -> usize {
        let tree = Tree::parse(TEXT.as_bytes()).expect("a tree");
        let index = ElementIndex::of(tree.root());
        Path::read(path).select(tree.root(), &index).len()
    }

    #[test]
    fn paths_select_what_they_say() {
        for (path, expected) in [
            ("b", 2),
            ("b/c", 2),
            ("*", 3),
            ("b[@x=1|3]", 1),
            ("b[@x!=1]", 1),
            ("b[@y]", 0),
            ("b[!@y]", 2),
            ("b[t:9.9|1.2]", 1),
            ("b[value]", 1),
            ("b[!value]", 1),
            ("b[c/@code=K]", 1),
            ("b/value[type=CD]", 1),
            ("b[first]", 1),
            ("t[=Some text]", 1),
            (".a", 1),
            (".b", 0),
            (".//c", 2),
            ("//c[@code=L]", 1),
            ("b/c[@code][@code=L]", 1),
        ] {
            assert_eq!(count(path), expected, "{path}");
        }
    }

    #[test]
    fn a_path_may_begin_at_the_parent() {
        let tree = Tree::parse(TEXT.as_bytes()).expect("a tree");
        let index = ElementIndex::of(tree.root());
        let first = Path::read("b/c").select(tree.root(), &index)[0];
        assert_eq!(Path::read("..b[@x=1]").select(first, &index).len(), 1);
        assert_eq!(Path::read("..t").select(first, &index).len(), 0);
    }
}
