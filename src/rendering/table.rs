//! Setting a table: widths of the columns, cells that wrap, rows that go on to the next page.

use super::flow::{Flow, Op};
use super::lines::Line;
use super::structure::{Node, Role, Scope};
use crate::cda::{Cell, Row, Table};

const PADDING: f32 = 3.0;
const BORDER: f32 = 0.5;
const BORDER_SHADE: u8 = 150;
const HEAD_SHADE: u8 = 236;
const MAX_COLUMNS: usize = 64;

/// A row ready to draw.
struct SetRow {
    cells: Vec<SetCell>,
    /// Lines of its tallest cell.
    height: usize,
}

struct SetCell {
    x: f32,
    width: f32,
    is_heading: bool,
    lines: Vec<Line>,
}

/// Where the cells of a row stand: column and number of columns of each.
type Places = Vec<(usize, usize)>;

/// What a row is in the structure, and what its cells are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum RowKind {
    /// A row of the head.
    Head,
    /// A row of the body.
    Body,
    /// A label, and beside it what it labels: an item of a list.
    Labelled,
}

/// Draws a table; its head is repeated on every page. A table that is nothing but labels, each with
/// its value, is a list for those who hear it.
pub(super) fn draw(flow: &mut Flow<'_>, table: &Table, parent: Node) {
    let head_places = places(&table.head);
    let body_places = places(&table.body);
    let columns = head_places
        .iter()
        .chain(&body_places)
        .flatten()
        .map(|(column, span)| column + span)
        .max()
        .unwrap_or(0);
    if columns == 0 {
        return;
    }
    let (kind, node) = if is_labelled(table) {
        if let Some(caption) = &table.caption {
            let node = flow.structure.add(parent, Role::Paragraph);
            flow.caption(caption, node);
        }
        let role = Role::List { is_ordered: false };
        (RowKind::Labelled, flow.structure.add(parent, role))
    } else {
        let node = flow.structure.add(parent, Role::Table);
        if let Some(caption) = &table.caption {
            let caption_node = flow.structure.add(node, Role::Caption);
            flow.caption(caption, caption_node);
        }
        (RowKind::Body, node)
    };
    let widths = widths(flow, table, &head_places, &body_places, columns);
    let head: Vec<_> = table
        .head
        .iter()
        .zip(&head_places)
        .map(|(row, places)| set_row(flow, row, places, &widths, RowKind::Head, node))
        .collect();
    let head_height: f32 = head.iter().map(SetRow::points).sum();
    let repeats_head = head_height < Flow::whole_page() / 3.0;
    flow.need(head_height + 2.0 * Flow::LINE);
    for row in &head {
        draw_row(flow, row, &[]);
    }
    let repeated: Vec<_> = if repeats_head {
        head.into_iter().map(SetRow::only_shown).collect()
    } else {
        Vec::new()
    };
    for (row, places) in table.body.iter().zip(&body_places) {
        let row = set_row(flow, row, places, &widths, kind, node);
        draw_row(flow, &row, &repeated);
    }
}

/// True for a table of labels, each with its value.
fn is_labelled(table: &Table) -> bool {
    let is_single = |cell: &Cell| cell.column_span <= 1 && cell.row_span <= 1;
    table.head.is_empty()
        && table.body.iter().all(|row| {
            matches!(row.cells.as_slice(), [label, value]
                if label.is_heading && !value.is_heading && is_single(label) && is_single(value))
        })
}

impl SetRow {
    /// The same row, for the eyes only.
    fn only_shown(mut self) -> Self {
        let cells = self.cells.iter_mut();
        for run in cells
            .flat_map(|cell| &mut cell.lines)
            .flat_map(|line| &mut line.runs)
        {
            run.node = None;
        }
        self
    }

    fn points(&self) -> f32 {
        row_points(self.height)
    }
}

fn row_points(lines: usize) -> f32 {
    let lines = u16::try_from(lines).unwrap_or(u16::MAX);
    f32::from(lines) * Flow::LINE + 2.0 * PADDING
}

/// Places of all cells, those pushed aside by a cell of an earlier row included.
fn places(rows: &[Row]) -> Vec<Places> {
    let mut taken = [0_u16; MAX_COLUMNS];
    let mut all = Vec::with_capacity(rows.len());
    for row in rows {
        let mut places = Places::with_capacity(row.cells.len());
        let mut column = 0;
        for cell in &row.cells {
            while taken.get(column).is_some_and(|rows| *rows > 0) {
                column += 1;
            }
            if column >= MAX_COLUMNS {
                break;
            }
            let span = usize::from(cell.column_span.max(1)).min(MAX_COLUMNS - column);
            places.push((column, span));
            for rows in taken.iter_mut().skip(column).take(span) {
                *rows = cell.row_span.max(1);
            }
            column += span;
        }
        for rows in &mut taken {
            *rows = rows.saturating_sub(1);
        }
        all.push(places);
    }
    all
}

/// Widths of the columns: what their words need at least, then in proportion to their texts.
///
/// **Source:** the automatic table layout that CSS 2.2, 17.5.2.2, describes.
fn widths(
    flow: &Flow<'_>,
    table: &Table,
    head_places: &[Places],
    body_places: &[Places],
    columns: usize,
) -> Vec<f32> {
    let mut least = vec![12.0_f32; columns];
    let mut most = vec![12.0_f32; columns];
    let rows = table
        .head
        .iter()
        .zip(head_places)
        .chain(table.body.iter().zip(body_places));
    for (row, places) in rows {
        for (cell, (column, span)) in row.cells.iter().zip(places) {
            if *span != 1 {
                continue;
            }
            let (word, whole) = flow.setting(cell.is_heading).extremes(&cell.blocks);
            let both = least.get_mut(*column).zip(most.get_mut(*column));
            if let Some((least, most)) = both {
                *least = least.max(word + 2.0 * PADDING + 1.0);
                *most = most.max(whole + 2.0 * PADDING + 1.0);
            }
        }
    }
    let total_least: f32 = least.iter().sum();
    let total_most: f32 = most.iter().sum();
    let available = Flow::WIDTH;
    let labels = label_columns(table, body_places, &most);
    let free: f32 = (0..)
        .zip(&most)
        .filter(|(c, _)| !labels.contains(c))
        .map(|(_, w)| w)
        .sum();
    (0..)
        .zip(least.iter().zip(&most))
        .map(|(column, (least, most))| {
            if total_most <= available {
                if labels.contains(&column) {
                    *most
                } else {
                    most * (available - total_most + free) / free
                }
            } else if total_least < available {
                least + (available - total_least) * (most - least) / (total_most - total_least)
            } else {
                least * available / total_least
            }
        })
        .collect()
}

/// Columns that hold nothing but headings of rows: they need no more room than their texts. None
/// when all columns would be such.
fn label_columns(table: &Table, body_places: &[Places], most: &[f32]) -> Vec<usize> {
    let is_label = |column: &usize| {
        let mut cells = table
            .body
            .iter()
            .zip(body_places)
            .flat_map(|(row, places)| row.cells.iter().zip(places))
            .filter(|(_, (place, span))| place == column && *span == 1)
            .peekable();
        cells.peek().is_some() && cells.all(|(cell, _)| cell.is_heading)
    };
    let labels: Vec<usize> = (0..most.len()).filter(is_label).collect();
    if labels.len() == most.len() {
        Vec::new()
    } else {
        labels
    }
}

fn set_row(
    flow: &mut Flow<'_>,
    row: &Row,
    places: &Places,
    widths: &[f32],
    kind: RowKind,
    table: Node,
) -> SetRow {
    let role = match kind {
        RowKind::Head | RowKind::Body => Role::Row,
        RowKind::Labelled => Role::Item,
    };
    let node = flow.structure.add(table, role);
    let mut cells = Vec::with_capacity(row.cells.len());
    let mut height = 1;
    for (cell, (column, span)) in row.cells.iter().zip(places) {
        let x = Flow::LEFT + widths.iter().take(*column).sum::<f32>();
        let width: f32 = widths.iter().skip(*column).take(*span).sum();
        let cell_node = flow.structure.add(node, cell_role(cell, kind));
        let lines = flow.setting(cell.is_heading).block_lines(
            &cell.blocks,
            width - 2.0 * PADDING,
            &mut flow.structure,
            cell_node,
        );
        height = height.max(lines.len());
        cells.push(SetCell {
            x,
            width,
            is_heading: cell.is_heading,
            lines,
        });
    }
    SetRow { cells, height }
}

fn cell_role(cell: &Cell, kind: RowKind) -> Role {
    match kind {
        RowKind::Labelled if cell.is_heading => Role::Label,
        RowKind::Labelled => Role::Body,
        RowKind::Head | RowKind::Body => Role::Cell {
            heading: match (cell.is_heading, kind) {
                (false, _) => None,
                (true, RowKind::Head) => Some(Scope::Column),
                (true, RowKind::Body | RowKind::Labelled) => Some(Scope::Row),
            },
            column_span: cell.column_span,
            row_span: cell.row_span,
        },
    }
}

/// Draws a row, on as many pages as it takes.
fn draw_row(flow: &mut Flow<'_>, row: &SetRow, repeated_head: &[SetRow]) {
    let mut done = 0;
    while done < row.height {
        let rest = row.height - done;
        if row_points(rest) > flow.left() {
            let room = ((flow.left() - 2.0 * PADDING) / Flow::LINE)
                .floor()
                .max(0.0);
            // A row that fits on a page of its own is not cut.
            let fits_elsewhere = row_points(rest) < Flow::whole_page() * 0.8;
            if room < 2.0 || (done == 0 && fits_elsewhere) {
                flow.next_page();
                for head in repeated_head {
                    draw_lines(flow, head, 0, head.height);
                }
                if row_points(rest) <= flow.left() {
                    draw_lines(flow, row, done, rest);
                    return;
                }
            }
        }
        let count = lines_that_fit(flow).clamp(1, rest);
        draw_lines(flow, row, done, count);
        done += count;
    }
}

fn lines_that_fit(flow: &Flow<'_>) -> usize {
    let mut count = 0;
    while row_points(count + 1) <= flow.left() {
        count += 1;
    }
    count
}

/// Draws some lines of every cell of a row, inside its borders.
fn draw_lines(flow: &mut Flow<'_>, row: &SetRow, from: usize, count: usize) {
    let height = row_points(count);
    let top = flow.y();
    for cell in &row.cells {
        if cell.is_heading {
            flow.draw(Op::Box {
                x: cell.x,
                y: top,
                width: cell.width,
                height,
                shade: HEAD_SHADE,
            });
        }
    }
    // All boxes before all texts: those of one shade are then one path.
    for cell in &row.cells {
        borders(flow, cell, top, height);
    }
    for cell in &row.cells {
        let mut y = top + PADDING - 1.0;
        for line in cell.lines.iter().skip(from).take(count) {
            let size = flow.setting(false).size;
            flow.draw_line(line, cell.x + PADDING, y, size);
            y += Flow::LINE;
        }
    }
    flow.skip(height);
}

fn borders(flow: &mut Flow<'_>, cell: &SetCell, top: f32, height: f32) {
    for (x, y, width, height) in [
        (cell.x, top, cell.width, BORDER),
        (cell.x, top + height, cell.width, BORDER),
        (cell.x, top, BORDER, height),
        (cell.x + cell.width, top, BORDER, height),
    ] {
        flow.draw(Op::Box {
            x,
            y,
            width,
            height,
            shade: BORDER_SHADE,
        });
    }
}
