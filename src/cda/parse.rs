//! From bytes to [`Tree`], in one pass and under limits.

use std::borrow::Cow;

use quick_xml::{
    Error as XmlError, NsReader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesDecl, BytesRef, Event, attributes::Attributes},
    name::{QName, ResolveResult},
};

use super::{
    error::ReadError,
    position::line_and_column,
    tree::{Attribute, Content, MAX_BYTES, MAX_DEPTH, MAX_NODES, Namespace, Node, Tree},
};

/// Namespace of the requests to include another document.
const XINCLUDE: &str = "http://www.w3.org/2001/XInclude";

/// Reads a document into a tree.
pub(super) fn parse(bytes: &[u8]) -> Result<Tree<'_>, ReadError> {
    let text = utf8(bytes)?;
    let mut reader = NsReader::from_str(text);
    reader.config_mut().check_comments = true;
    let mut builder = Builder::new(text);
    loop {
        let offset = position(reader.buffer_position());
        let event = reader
            .read_event()
            .map_err(|error| builder.xml_error(&error, position(reader.error_position())))?;
        match event {
            Event::Start(start) => {
                builder.open(&reader, start.len(), start.name().0.len(), offset)?
            }
            Event::Empty(start) => {
                builder.open(&reader, start.len(), start.name().0.len(), offset)?;
                builder.close();
            }
            Event::End(_) => builder.close(),
            Event::Text(text) => builder.text(text.into_inner(), offset)?,
            Event::CData(data) => builder.text(data.into_inner(), offset)?,
            Event::GeneralRef(reference) => {
                let resolved = builder.entity(&reference, offset)?;
                builder.text(resolved, offset)?;
            }
            Event::Decl(declaration) => check_declaration(&declaration)?,
            Event::DocType(_) => {
                let (line, column) = line_and_column(text, offset);
                return Err(ReadError::Dtd { line, column });
            }
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => break,
        }
    }
    builder.finish()
}

/// The text without byte order mark, its bytes all legal in XML.
fn utf8(bytes: &[u8]) -> Result<&str, ReadError> {
    if bytes.len() > MAX_BYTES {
        return Err(ReadError::TooLarge {
            bytes: bytes.len(),
            limit: MAX_BYTES,
        });
    }
    let utf16 = [&b"\xff\xfe"[..], b"\xfe\xff", b"<\0", b"\0<"];
    if utf16.iter().any(|head| bytes.starts_with(head)) {
        return Err(ReadError::Encoding("UTF-16".to_owned()));
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
        let before = std::str::from_utf8(before).unwrap_or_default();
        if let Some(encoding) = declared_encoding(before) {
            return ReadError::Encoding(encoding);
        }
        let (line, column) = line_and_column(before, before.len());
        ReadError::NotUtf8 { line, column }
    })?;
    let is_control = |byte: &u8| *byte < 0x20 && !matches!(byte, b'\t' | b'\n' | b'\r');
    match bytes.iter().position(is_control) {
        Some(offset) => Err(ill_formed(text, "a control character", offset)),
        None => Ok(text),
    }
}

/// Encoding, other than UTF-8, that the head of a document declares.
fn declared_encoding(head: &str) -> Option<String> {
    let declaration = head.strip_prefix("<?xml")?.split_once("?>")?.0;
    let value = declaration.split_once("encoding")?.1;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let mut parts = value.split(['"', '\'']).skip(1);
    let name = parts.next()?;
    (!name.eq_ignore_ascii_case("utf-8")).then(|| printable(name))
}

fn check_declaration(declaration: &BytesDecl<'_>) -> Result<(), ReadError> {
    match declaration.encoding() {
        Some(Ok(name)) if !name.eq_ignore_ascii_case("utf-8") => {
            Err(ReadError::Encoding(printable(&name)))
        }
        _ => Ok(()),
    }
}

/// The head of a name that came from outside, safe to show.
fn printable(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_graphic)
        .take(20)
        .collect()
}

fn position(offset: u64) -> usize {
    usize::try_from(offset).unwrap_or(usize::MAX)
}

fn ill_formed(text: &str, reason: &'static str, offset: usize) -> ReadError {
    let (line, column) = line_and_column(text, offset);
    ReadError::IllFormed {
        reason,
        line,
        column,
    }
}

struct Builder<'a> {
    tree: Tree<'a>,
    /// Open elements from the root, each with its last child so far.
    open: Vec<(usize, Option<usize>)>,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str) -> Self {
        Self {
            tree: Tree {
                text,
                nodes: Vec::with_capacity(text.len() / 64),
                attributes: Vec::with_capacity(text.len() / 64),
            },
            open: Vec::new(),
        }
    }

    /// Opens the element whose tag starts at `offset`.
    fn open(
        &mut self,
        reader: &NsReader<&'a [u8]>,
        tag_bytes: usize,
        name_bytes: usize,
        offset: usize,
    ) -> Result<(), ReadError> {
        if self.open.is_empty() && !self.tree.nodes.is_empty() {
            return Err(ill_formed(self.tree.text, "a second root element", offset));
        }
        if self.open.len() >= MAX_DEPTH {
            let (line, column) = line_and_column(self.tree.text, offset);
            return Err(ReadError::TooDeep {
                limit: MAX_DEPTH,
                line,
                column,
            });
        }
        let tag = self
            .tree
            .text
            .get(offset + 1..offset + 1 + tag_bytes)
            .unwrap_or_default();
        let name = QName(tag.get(..name_bytes).unwrap_or_default());
        let namespace = self.resolve(reader.resolver().resolve_element(name).0, offset)?;
        let first_attribute = self.tree.attributes.len();
        let value_type = self.attributes(reader, Attributes::new(tag, name_bytes), offset)?;
        let content = Content::Element {
            namespace,
            name: name.local_name().into_inner(),
            first_attribute,
            attributes: self.tree.attributes.len() - first_attribute,
            value_type,
        };
        let index = self.push(content, offset)?;
        self.open.push((index, None));
        Ok(())
    }

    /// Keeps the attributes; gives back what `xsi:type` names.
    fn attributes(
        &mut self,
        reader: &NsReader<&'a [u8]>,
        attributes: Attributes<'a>,
        offset: usize,
    ) -> Result<Option<&'a str>, ReadError> {
        let mut value_type = None;
        for attribute in attributes {
            let attribute = attribute
                .map_err(|_| ill_formed(self.tree.text, "an attribute is malformed", offset))?;
            if attribute.key.as_namespace_binding().is_some() {
                continue;
            }
            if attribute.value.contains('<') {
                return Err(ill_formed(self.tree.text, "'<' in an attribute", offset));
            }
            let value = attribute
                .normalized_value(XmlVersion::Implicit1_0)
                .map_err(|_| self.unknown_entity(offset))?;
            let (resolved, name) = reader.resolver().resolve_attribute(attribute.key);
            let namespace = self.resolve(resolved, offset)?;
            let name = name.into_inner();
            if namespace == Namespace::Xsi
                && name == "type"
                && let Cow::Borrowed(qname) = attribute.value
            {
                let (resolved, local) = reader.resolver().resolve_element(QName(qname.trim()));
                if self.resolve(resolved, offset)? == Namespace::Hl7 {
                    value_type = Some(local.into_inner());
                }
            }
            self.tree.attributes.push(Attribute {
                namespace,
                name,
                value,
            });
        }
        Ok(value_type)
    }

    fn close(&mut self) {
        self.open.pop();
    }

    /// Adds text to the open element, to what was there already if it was text too.
    fn text(&mut self, text: Cow<'a, str>, offset: usize) -> Result<(), ReadError> {
        let Some((_, last)) = self.open.last() else {
            return if text.trim_ascii().is_empty() {
                Ok(())
            } else {
                Err(ill_formed(
                    self.tree.text,
                    "text outside the root element",
                    offset,
                ))
            };
        };
        if let Some(last) = last
            && let Some(node) = self.tree.nodes.get_mut(*last)
            && let Content::Text(before) = &mut node.content
        {
            before.to_mut().push_str(&text);
            return Ok(());
        }
        self.push(Content::Text(text), offset).map(|_| ())
    }

    /// What a character reference or one of the five entities of XML stands for.
    fn entity(&self, reference: &BytesRef<'a>, offset: usize) -> Result<Cow<'a, str>, ReadError> {
        match reference.resolve_char_ref() {
            Ok(Some(char)) if is_xml_char(char) => Ok(Cow::Owned(char.to_string())),
            Ok(Some(_)) => Err(ill_formed(self.tree.text, "a control character", offset)),
            Ok(None) => resolve_predefined_entity(reference)
                .map(Cow::Borrowed)
                .ok_or_else(|| self.unknown_entity(offset)),
            Err(_) => Err(self.unknown_entity(offset)),
        }
    }

    /// Adds a node as last child of the open element.
    fn push(&mut self, content: Content<'a>, offset: usize) -> Result<usize, ReadError> {
        if self.tree.nodes.len() >= MAX_NODES {
            let (line, column) = line_and_column(self.tree.text, offset);
            return Err(ReadError::TooMany {
                limit: MAX_NODES,
                line,
                column,
            });
        }
        let index = self.tree.nodes.len();
        let mut parent = None;
        if let Some((open, last)) = self.open.last_mut() {
            parent = Some(*open);
            let (earlier, is_first) = (last.unwrap_or(*open), last.is_none());
            *last = Some(index);
            if let Some(node) = self.tree.nodes.get_mut(earlier) {
                let link = if is_first {
                    &mut node.first_child
                } else {
                    &mut node.next
                };
                *link = Some(index);
            }
        }
        self.tree.nodes.push(Node {
            content,
            parent,
            first_child: None,
            next: None,
            offset,
        });
        Ok(index)
    }

    fn finish(self) -> Result<Tree<'a>, ReadError> {
        let end = self.tree.text.len();
        if !self.open.is_empty() {
            return Err(ill_formed(self.tree.text, "an element is not closed", end));
        }
        if self.tree.nodes.is_empty() {
            return Err(ill_formed(self.tree.text, "there is no element", end));
        }
        Ok(self.tree)
    }

    fn resolve(&self, resolved: ResolveResult<'_>, offset: usize) -> Result<Namespace, ReadError> {
        match resolved {
            ResolveResult::Bound(namespace) if namespace.0 == XINCLUDE => {
                let (line, column) = line_and_column(self.tree.text, offset);
                Err(ReadError::Inclusion { line, column })
            }
            ResolveResult::Bound(namespace) => Ok(Namespace::of(namespace.0)),
            ResolveResult::Unbound => Ok(Namespace::None),
            ResolveResult::Unknown(_) => {
                let (line, column) = line_and_column(self.tree.text, offset);
                Err(ReadError::Prefix { line, column })
            }
        }
    }

    fn unknown_entity(&self, offset: usize) -> ReadError {
        let (line, column) = line_and_column(self.tree.text, offset);
        ReadError::Entity { line, column }
    }

    fn xml_error(&self, error: &XmlError, offset: usize) -> ReadError {
        let reason = match error {
            XmlError::Syntax(_) => "a tag, comment or instruction is not closed",
            XmlError::IllFormed(_) => "tags do not match, or a reference is not closed",
            XmlError::InvalidAttr(_) => "an attribute is malformed",
            XmlError::Escape(_) => return self.unknown_entity(offset),
            XmlError::Namespace(_) => "a namespace is badly declared",
            XmlError::Io(_) | XmlError::Encoding(_) => "the bytes cannot be read",
        };
        ill_formed(self.tree.text, reason, offset)
    }
}

/// **Source:** XML 1.0, production `Char`.
fn is_xml_char(char: char) -> bool {
    matches!(char, '\t' | '\n' | '\r' | ' '..) && !matches!(char, '\u{FFFE}' | '\u{FFFF}')
}
