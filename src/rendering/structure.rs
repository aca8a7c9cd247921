//! What each piece of a page is, for those who do not see it: headings, lists, tables and their
//! cells, in the order of reading.

use std::num::{NonZeroU16, NonZeroU32};

use krilla::tagging::{
    self, Identifier, ListNumbering, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};

/// What a node is.
///
/// **Source:** ISO 32000-1, 14.8.4. What PDF 1.4, and so PDF/A-1, does not have (groups of rows) is
/// not used.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Role {
    /// A section with its heading.
    Section,
    /// A heading, from 1.
    Heading { level: u16, text: String },
    /// A paragraph.
    Paragraph,
    /// A list of items, or of labels with what they label.
    List { is_ordered: bool },
    /// An item of a list.
    Item,
    /// The mark of an item, or its label.
    Label,
    /// What an item says.
    Body,
    /// A table, its caption and its rows.
    Table,
    /// Caption of a table.
    Caption,
    /// A row of a table.
    Row,
    /// A cell of a table.
    Cell {
        heading: Option<Scope>,
        column_span: u16,
        row_span: u16,
    },
}

/// What the heading of a table heads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    Column,
    Row,
}

/// A place in the structure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Node(usize);

impl Node {
    /// The document itself.
    pub const DOCUMENT: Self = Self(0);
}

/// The structure of a document.
#[derive(Clone, Debug, Default)]
pub(super) struct Structure {
    /// Roles of the nodes but the first, which is the document.
    roles: Vec<Role>,
    /// Parents of the same; a parent comes before its children.
    parents: Vec<Node>,
}

impl Structure {
    /// Adds a node below another, after those it has.
    pub fn add(&mut self, parent: Node, role: Role) -> Node {
        self.roles.push(role);
        self.parents.push(parent);
        Node(self.roles.len())
    }

    /// The structure with the marks that were set on the pages, each with its node, in the order of
    /// the pages. A node holds marks or other nodes, not both.
    pub fn tree(self, marks: Vec<(Node, Identifier)>) -> TagTree {
        let mut groups: Vec<TagGroup> = self.roles.iter().map(tag).map(TagGroup::new).collect();
        for (node, mark) in marks {
            groups[node.0 - 1].push(mark);
        }
        // A parent comes before its children: from the last to the first, each group is whole when it
        // moves into its parent.
        let mut tree = TagTree::new().with_lang(Some("fr-FR".to_owned()));
        while let Some(mut group) = groups.pop() {
            if matches!(group.children.first(), Some(tagging::Node::Group(_))) {
                group.children.reverse();
            }
            match self.parents[groups.len()] {
                Node::DOCUMENT => tree.push(group),
                parent => groups[parent.0 - 1].push(group),
            }
        }
        tree.children.reverse();
        tree
    }
}

fn tag(role: &Role) -> TagKind {
    match role {
        Role::Section => Tag::Section.into(),
        Role::Heading { level, text } => {
            let level = NonZeroU16::new((*level).clamp(1, 6)).unwrap_or(NonZeroU16::MIN);
            Tag::Hn(level, Some(text.clone())).into()
        }
        Role::Paragraph => Tag::P.into(),
        Role::List { is_ordered: true } => Tag::L(ListNumbering::Decimal).into(),
        Role::List { is_ordered: false } => Tag::L(ListNumbering::None).into(),
        Role::Item => Tag::LI.into(),
        Role::Label => Tag::Lbl.into(),
        Role::Body => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::Caption => Tag::Caption.into(),
        Role::Row => Tag::TR.into(),
        Role::Cell {
            heading,
            column_span,
            row_span,
        } => {
            let columns = span(*column_span);
            let rows = span(*row_span);
            match heading {
                Some(scope) => Tag::TH(match scope {
                    Scope::Column => TableHeaderScope::Column,
                    Scope::Row => TableHeaderScope::Row,
                })
                .with_col_span(columns)
                .with_row_span(rows)
                .into(),
                None => Tag::TD.with_col_span(columns).with_row_span(rows).into(),
            }
        }
    }
}

/// A span, unless it is of one.
fn span(span: u16) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::from(span)).filter(|span| span.get() > 1)
}
