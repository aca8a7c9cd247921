//! The table of contents that readers show beside the pages: headings of parts and of sections.
//!
//! **Source:** ISO 32000-1, 12.3.3.

use pdf_writer::{Chunk, Finish, Ref, TextStr, writers::OutlineItem};

use super::flow::{Heading, PAGE_HEIGHT};

/// Writes the table of contents as objects from `root` on. False when there is no such heading.
pub(super) fn write_outline(
    file: &mut Chunk,
    root: Ref,
    headings: &[Heading],
    pages: &[Ref],
) -> bool {
    let is_shown = |heading: &&Heading| matches!(heading.level, 2 | 3);
    let shown: Vec<&Heading> = headings.iter().filter(is_shown).collect();
    let at = |rank: usize| Ref::new(root.get() + 1 + number(rank));
    // The heading of a part, and those below it.
    let parts = shown.chunk_by(|_, next| next.level > 2);
    let (mut before, mut rank) = (None, 0);
    for part in parts {
        let mut item = file.outline_item(at(rank));
        item.parent(root);
        link(
            &mut item,
            before,
            (rank + part.len() < shown.len()).then(|| at(rank + part.len())),
        );
        let last = rank + part.len() - 1;
        if last > rank {
            let count = number(last - rank);
            item.first(at(rank + 1)).last(at(last)).count(count);
        }
        lead(item, part[0], pages);
        for (below, heading) in (rank + 1..).zip(&part[1..]) {
            let mut item = file.outline_item(at(below));
            item.parent(at(rank));
            let is_first = below == rank + 1;
            link(
                &mut item,
                (!is_first).then(|| at(below - 1)),
                (below < last).then(|| at(below + 1)),
            );
            lead(item, heading, pages);
        }
        before = Some(at(rank));
        rank = last + 1;
    }
    let Some(last) = before else { return false };
    let mut outline = file.outline(root);
    outline.first(at(0)).last(last).count(number(shown.len()));
    true
}

/// The entries before and after this one.
fn link(item: &mut OutlineItem<'_>, before: Option<Ref>, after: Option<Ref>) {
    if let Some(before) = before {
        item.prev(before);
    }
    if let Some(after) = after {
        item.next(after);
    }
}

/// What an entry says, and where it leads.
fn lead(mut item: OutlineItem<'_>, heading: &Heading, pages: &[Ref]) {
    item.title(TextStr(&heading.text));
    let place = item.dest().page(pages[heading.page]);
    place.xyz(0.0, PAGE_HEIGHT - heading.y, None);
    item.finish();
}

fn number(count: usize) -> i32 {
    i32::try_from(count).expect("fewer headings than that fit in memory")
}
