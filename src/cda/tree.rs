//! An XML document as a flat tree of elements and texts, each with its place.
//!
//! Reader and checker share it. It borrows from the input, keeps no comment and no processing
//! instruction, and is built in one pass, under limits.

use std::borrow::Cow;

use super::{error::ReadError, position::line_and_column};

/// Largest document, in bytes.
pub const MAX_BYTES: usize = 20 * 1024 * 1024;
/// Deepest nesting of elements.
pub const MAX_DEPTH: usize = 128;
/// Largest number of elements and texts.
pub const MAX_NODES: usize = 1_000_000;

/// Namespace of CDA.
pub const HL7: &str = "urn:hl7-org:v3";
/// Namespace of the HL7 extensions to CDA.
pub const SDTC: &str = "urn:hl7-org:sdtc";
/// Namespace of `xsi:type`.
pub const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";

/// Namespaces that a document may speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Namespace {
    /// None.
    None,
    /// [`HL7`].
    Hl7,
    /// [`SDTC`].
    Sdtc,
    /// [`XSI`].
    Xsi,
    /// Another one.
    Other,
}

impl Namespace {
    pub(super) fn of(uri: &str) -> Self {
        match uri {
            HL7 => Self::Hl7,
            SDTC => Self::Sdtc,
            XSI => Self::Xsi,
            _ => Self::Other,
        }
    }
}

/// An attribute that is not a declaration of namespace.
#[derive(Debug)]
pub(super) struct Attribute<'a> {
    pub(super) namespace: Namespace,
    pub(super) name: &'a str,
    pub(super) value: Cow<'a, str>,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Element {
        namespace: Namespace,
        name: &'a str,
        first_attribute: usize,
        attributes: usize,
        /// Local name in `xsi:type`, when it lies in the namespace of CDA.
        value_type: Option<&'a str>,
    },
    Text(Cow<'a, str>),
}

#[derive(Debug)]
pub(super) struct Node<'a> {
    pub(super) content: Content<'a>,
    pub(super) parent: Option<usize>,
    pub(super) first_child: Option<usize>,
    pub(super) next: Option<usize>,
    /// Offset in the input, in bytes.
    pub(super) offset: usize,
}

/// The whole document.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(super) text: &'a str,
    pub(super) nodes: Vec<Node<'a>>,
    pub(super) attributes: Vec<Attribute<'a>>,
}

impl<'a> Tree<'a> {
    /// Reads a document.
    ///
    /// # Errors
    /// What [`ReadError`] lists, but for what concerns CDA itself.
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, ReadError> {
        super::parse::parse(bytes)
    }

    /// The root element; there is always one.
    pub(crate) fn root(&self) -> Element<'_> {
        Element {
            tree: self,
            index: 0,
        }
    }

    fn node(&self, index: usize) -> &Node<'a> {
        self.nodes
            .get(index)
            .expect("indices come from the tree itself")
    }
}

/// An element of the tree.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Element<'t> {
    tree: &'t Tree<'t>,
    index: usize,
}

impl PartialEq for Element<'_> {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self.tree, other.tree) && self.index == other.index
    }
}

/// A child of an element.
#[derive(Clone, Copy, Debug)]
pub(super) enum Child<'t> {
    Element(Element<'t>),
    Text(&'t str),
}

impl<'t> Element<'t> {
    fn parts(self) -> (Namespace, &'t str, &'t [Attribute<'t>], Option<&'t str>) {
        match &self.tree.node(self.index).content {
            Content::Element {
                namespace,
                name,
                first_attribute,
                attributes,
                value_type,
            } => (
                *namespace,
                name,
                self.tree
                    .attributes
                    .get(*first_attribute..first_attribute + attributes)
                    .unwrap_or_default(),
                *value_type,
            ),
            Content::Text(_) => (Namespace::None, "", &[], None),
        }
    }

    /// Rank of the element in its tree, below [`Element::tree_size`].
    pub(super) fn index(self) -> usize {
        self.index
    }

    /// Number of elements and texts of the whole tree.
    pub(super) fn tree_size(self) -> usize {
        self.tree.nodes.len()
    }

    /// Local name.
    pub(crate) fn name(self) -> &'t str {
        self.parts().1
    }

    /// True for an element of CDA with that name.
    pub(super) fn is(self, name: &str) -> bool {
        let (namespace, own, ..) = self.parts();
        namespace == Namespace::Hl7 && own == name
    }

    /// True for an element of that namespace with that name.
    pub(super) fn is_named(self, namespace: Namespace, name: &str) -> bool {
        let (of, own, ..) = self.parts();
        of == namespace && own == name
    }

    /// True for an element of the HL7 extensions with that name.
    pub(super) fn is_extension(self, name: &str) -> bool {
        let (namespace, own, ..) = self.parts();
        namespace == Namespace::Sdtc && own == name
    }

    /// Data type that `xsi:type` names, prefix resolved.
    pub(super) fn value_type(self) -> Option<&'t str> {
        self.parts().3
    }

    /// Attributes.
    pub(super) fn attributes(self) -> &'t [Attribute<'t>] {
        self.parts().2
    }

    /// Value of an attribute without namespace.
    pub(crate) fn attribute(self, name: &str) -> Option<&'t str> {
        self.attributes()
            .iter()
            .find(|attribute| attribute.namespace == Namespace::None && attribute.name == name)
            .map(|attribute| attribute.value.as_ref())
    }

    /// Children, texts included.
    pub(super) fn children(self) -> impl Iterator<Item = Child<'t>> {
        let tree = self.tree;
        let mut next = tree.node(self.index).first_child;
        std::iter::from_fn(move || {
            let index = next?;
            let node = tree.node(index);
            next = node.next;
            Some(match &node.content {
                Content::Element { .. } => Child::Element(Element { tree, index }),
                Content::Text(text) => Child::Text(text),
            })
        })
    }

    /// Child elements.
    pub(crate) fn elements(self) -> impl Iterator<Item = Element<'t>> {
        self.children().filter_map(|child| match child {
            Child::Element(element) => Some(element),
            Child::Text(_) => None,
        })
    }

    /// Child elements of CDA with that name.
    pub(super) fn all<'n>(self, name: &'n str) -> impl Iterator<Item = Element<'t>> + use<'t, 'n> {
        self.elements().filter(move |element| element.is(name))
    }

    /// First child element of CDA with that name.
    pub(super) fn first(self, name: &str) -> Option<Element<'t>> {
        self.all(name).next()
    }

    /// First element at the end of that path of names.
    pub(super) fn path(self, names: &[&str]) -> Option<Element<'t>> {
        names
            .iter()
            .try_fold(self, |element, name| element.first(name))
    }

    /// All descendant elements, in the order of the document.
    pub(crate) fn descendants(self) -> impl Iterator<Item = Element<'t>> {
        let mut stack: Vec<_> = self.elements().collect();
        stack.reverse();
        std::iter::from_fn(move || {
            let element = stack.pop()?;
            let start = stack.len();
            stack.extend(element.elements());
            if let Some(added) = stack.get_mut(start..) {
                added.reverse();
            }
            Some(element)
        })
    }

    /// Parent element.
    pub(super) fn parent(self) -> Option<Element<'t>> {
        let tree = self.tree;
        tree.node(self.index)
            .parent
            .map(|index| Element { tree, index })
    }

    /// First text of the element itself, as it stands.
    pub(super) fn own_text(self) -> &'t str {
        self.children()
            .find_map(|child| match child {
                Child::Text(text) => Some(text),
                Child::Element(_) => None,
            })
            .unwrap_or_default()
    }

    /// Text of the element and of what it holds, blanks folded and trimmed.
    pub(crate) fn text(self) -> String {
        let mut raw = String::new();
        self.collect_text(&mut raw);
        let mut out = String::with_capacity(raw.len());
        for word in raw.split_ascii_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
        out
    }

    /// Text of the element and of what it holds, as it is written.
    pub(super) fn raw_text(self) -> String {
        let mut text = String::new();
        self.collect_text(&mut text);
        text
    }

    fn collect_text(self, out: &mut String) {
        for child in self.children() {
            match child {
                Child::Text(text) => out.push_str(text),
                Child::Element(element) => element.collect_text(out),
            }
        }
    }

    /// Line and column of its start tag, from 1.
    pub(super) fn line_and_column(self) -> (u64, u64) {
        line_and_column(self.tree.text, self.tree.node(self.index).offset)
    }

    /// Where it stands, as an `XPath` without prefixes: `/ClinicalDocument/author[2]/time`.
    pub(super) fn place(self) -> String {
        let mut steps = Vec::new();
        let mut at = Some(self);
        while let Some(element) = at {
            let parent = element.parent();
            let twins: Vec<_> = parent
                .into_iter()
                .flat_map(|parent| {
                    parent
                        .elements()
                        .filter(|twin| twin.name() == element.name())
                })
                .collect();
            let rank = twins.iter().position(|twin| *twin == element);
            steps.push(match rank {
                Some(rank) if twins.len() > 1 => format!("{}[{}]", element.name(), rank + 1),
                _ => element.name().to_owned(),
            });
            at = parent;
        }
        steps.reverse();
        format!("/{}", steps.join("/"))
    }
}
