//! What each piece of a page is, for those who do not see it: headings, lists, tables and their
//! cells, in the order of reading.

use pdf_writer::{
    Chunk, Ref,
    types::{ListNumbering, StructRole, TableHeaderScope},
    writers::{StructElement, StructTreeRoot},
};
use smallvec::SmallVec;

/// What a node is.
///
/// **Source:** ISO 32000-1, 14.8.4. What PDF 1.4, and so PDF/A-1, does not have (groups of rows) is
/// not used.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Role {
    /// A section with its heading.
    Section,
    /// A heading, from 1.
    Heading { level: u16 },
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

    /// Writes the structure as objects from `root` on, with the marks that were set on the pages: each
    /// page with the nodes of its marks, in their order. A node holds marks or other nodes, not both.
    /// Returns the number of the object after the last one.
    pub fn write(&self, file: &mut Chunk, root: Ref, pages: &[(Ref, Vec<Node>)]) -> Ref {
        let mut next = root;
        next.bump();
        let first_node = next.get();
        let at = |node: Node| Ref::new(first_node + number(node.0));
        let mut next = at(Node(self.roles.len() + 1));
        let mut held: Vec<SmallVec<[Held; 2]>> = vec![SmallVec::new(); self.roles.len() + 1];
        for (rank, parent) in self.parents.iter().enumerate() {
            held[parent.0].push(Held::Node(Node(rank + 1)));
        }
        let mut parents = Vec::with_capacity(pages.len());
        for (page, nodes) in pages {
            for (id, node) in (0..).zip(nodes) {
                held[node.0].push(Held::Mark { page: *page, id });
            }
            let parents_of_page = next.bump();
            let nodes = nodes.iter().map(|node| at(*node));
            file.indirect(parents_of_page).array().items(nodes);
            parents.push(parents_of_page);
        }
        write_root(file, root, at(Node::DOCUMENT), &parents);
        let mut document = file.struct_element(at(Node::DOCUMENT));
        document.kind(StructRole::Document).parent(root);
        write_held(document, &held[0], at);
        for (rank, (role, parent)) in self.roles.iter().zip(&self.parents).enumerate() {
            let mut element = file.struct_element(at(Node(rank + 1)));
            element.kind(role.kind()).parent(at(*parent));
            role.write_attributes(&mut element);
            write_held(element, &held[rank + 1], at);
        }
        next
    }
}

/// Writes where the structure begins, and for each page where it says who holds its marks.
fn write_root(file: &mut Chunk, root: Ref, document: Ref, parents: &[Ref]) {
    let mut start: StructTreeRoot<'_> = file.indirect(root).start();
    start
        .child(document)
        .parent_tree_next_key(number(parents.len()));
    let mut tree = start.parent_tree();
    let mut entries = tree.nums();
    for (key, parents) in (0..).zip(parents) {
        entries.insert(key, *parents);
    }
}

/// What a node holds.
#[derive(Clone, Copy)]
enum Held {
    Node(Node),
    Mark { page: Ref, id: i32 },
}

fn write_held(mut element: StructElement<'_>, held: &[Held], at: impl Fn(Node) -> Ref) {
    let own_page = held.iter().find_map(|held| match held {
        Held::Node(_) => None,
        Held::Mark { page, .. } => Some(*page),
    });
    if let Some(page) = own_page {
        element.page(page);
    }
    if held.is_empty() {
        return;
    }
    let mut children = element.children();
    for held in held {
        match held {
            Held::Node(node) => children.struct_element(at(*node)),
            Held::Mark { page, id } if own_page == Some(*page) => children.marked_content_id(*id),
            Held::Mark { page, id } => {
                let mut mark = children.marked_content_ref();
                mark.page(*page).marked_content_id(*id);
                continue;
            }
        };
    }
}

/// A number of objects; more than these make no file.
fn number(count: usize) -> i32 {
    i32::try_from(count).expect("a document of fewer nodes than that fits in memory")
}

impl Role {
    fn kind(self) -> StructRole {
        match self {
            Self::Section => StructRole::Sect,
            Self::Heading { level: 1 } => StructRole::H1,
            Self::Heading { level: 2 } => StructRole::H2,
            Self::Heading { level: 3 } => StructRole::H3,
            Self::Heading { level: 4 } => StructRole::H4,
            Self::Heading { level: 5 } => StructRole::H5,
            Self::Heading { .. } => StructRole::H6,
            Self::Paragraph => StructRole::P,
            Self::List { .. } => StructRole::L,
            Self::Item => StructRole::LI,
            Self::Label => StructRole::Lbl,
            Self::Body => StructRole::LBody,
            Self::Table => StructRole::Table,
            Self::Caption => StructRole::Caption,
            Self::Row => StructRole::TR,
            Self::Cell {
                heading: Some(_), ..
            } => StructRole::TH,
            Self::Cell { heading: None, .. } => StructRole::TD,
        }
    }

    fn write_attributes(self, element: &mut StructElement<'_>) {
        match self {
            Self::List { is_ordered } => {
                let numbering = if is_ordered {
                    ListNumbering::Decimal
                } else {
                    ListNumbering::None
                };
                let mut attributes = element.attributes();
                attributes.push().list().list_numbering(numbering);
            }
            Self::Cell {
                heading,
                column_span,
                row_span,
            } if heading.is_some() || column_span > 1 || row_span > 1 => {
                let mut attributes = element.attributes();
                let mut table = attributes.push().table();
                if column_span > 1 {
                    table.col_span(column_span.into());
                }
                if row_span > 1 {
                    table.row_span(row_span.into());
                }
                if let Some(scope) = heading {
                    table.scope(match scope {
                        Scope::Column => TableHeaderScope::Column,
                        Scope::Row => TableHeaderScope::Row,
                    });
                }
            }
            _ => {}
        }
    }
}
