use super::*;
use proptest::prelude::*;

fn line(number: usize) -> LineContent {
    LineContent {
        id: format!("l{number}"),
        delivery_id: format!("d{}", number % 3),
        at: "2026-11-23T08:00:00.000Z".to_owned(),
        kind: "queued".to_owned(),
        state: Some("pending".to_owned()),
        ..LineContent::default()
    }
}

/// A ledger of that many lines, and its head.
fn ledger(count: usize) -> (Vec<ChainedLine>, Head) {
    let mut head = Head::default();
    let lines = (0..count).map(|number| head.chain(line(number))).collect();
    (lines, head)
}

fn faults(lines: &[ChainedLine], stored: &Head, noted: Option<Head>) -> Vec<LedgerFault> {
    let mut faults = Vec::new();
    let mut verification = Verification::new(noted);
    for line in lines {
        verification.check(line, &mut faults);
    }
    verification.finish(stored, &mut faults);
    faults
}

#[test]
fn a_whole_ledger_has_no_fault() {
    let (lines, head) = ledger(5);
    assert_eq!(faults(&lines, &head, None), []);
    assert_eq!(faults(&lines, &head, Some(head.clone())), []);
    assert_eq!(faults(&[], &Head::default(), None), []);
}

#[test]
fn a_line_that_was_changed_is_named() {
    let (mut lines, head) = ledger(5);
    lines[2].content.state = Some("acknowledged".to_owned());
    let changed = LedgerFault::Changed {
        sequence: 3,
        delivery_id: "d2".to_owned(),
    };
    assert_eq!(faults(&lines, &head, None), [changed]);
}

#[test]
fn a_line_changed_with_its_hash_is_found_by_the_line_after_it() {
    let (mut lines, head) = ledger(5);
    let (sequence, previous) = (lines[2].sequence, lines[2].previous_hash.clone());
    lines[2].content.reason = Some("invented".to_owned());
    lines[2].hash = hash(sequence, &previous, &lines[2].content);
    let unlinked = LedgerFault::Unlinked {
        sequence: 4,
        delivery_id: "d0".to_owned(),
    };
    assert_eq!(faults(&lines, &head, None), [unlinked]);
}

#[test]
fn lines_that_were_taken_out_are_named_at_any_place() {
    let (lines, head) = ledger(5);
    for (range, first, last) in [(0..2, 1, 2), (2..3, 3, 3), (3..5, 4, 5)] {
        let mut left = lines.clone();
        left.drain(range);
        assert_eq!(
            faults(&left, &head, None),
            [LedgerFault::Missing { first, last }]
        );
    }
}

#[test]
fn two_lines_that_changed_places_are_both_named() {
    let (mut lines, head) = ledger(5);
    let (second, third) = (lines[1].content.clone(), lines[2].content.clone());
    lines[1].content = third;
    lines[2].content = second;
    let sequences: Vec<i64> = faults(&lines, &head, None)
        .into_iter()
        .map(|fault| match fault {
            LedgerFault::Changed { sequence, .. } => sequence,
            other => panic!("{other}"),
        })
        .collect();
    assert_eq!(sequences, [2, 3]);
}

#[test]
fn a_ledger_written_anew_is_found_by_a_head_that_was_noted() {
    let (_, noted) = ledger(4);
    let mut head = Head::default();
    let lines: Vec<ChainedLine> = (1..6).map(|number| head.chain(line(number))).collect();
    assert_eq!(
        faults(&lines, &head, Some(noted.clone())),
        [LedgerFault::OtherHead { sequence: 4 }]
    );
    let shorter = &lines[..2];
    let stored = Head {
        sequence: 2,
        hash: lines[1].hash.clone(),
    };
    assert_eq!(
        faults(shorter, &stored, Some(noted)),
        [LedgerFault::Missing { first: 3, last: 4 }]
    );
}

#[test]
fn a_head_is_read_back_as_it_is_printed() {
    let (_, head) = ledger(3);
    assert_eq!(head.to_string().parse(), Ok(head));
    for text in ["", "3", "3:", "x:00", "0:00", "3:zz"] {
        assert_eq!(text.parse::<Head>(), Err(InvalidHead));
    }
}

proptest! {
    #[test]
    fn whatever_is_done_to_one_line_is_found(count in 1_usize..20, pick: prop::sample::Index, field in 0_usize..9) {
        let (mut lines, head) = ledger(count);
        let line = &mut lines[pick.index(count)].content;
        let more = |text: &mut Option<String>| *text = Some(format!("{}x", text.clone().unwrap_or_default()));
        match field {
            0 => line.id.push('x'),
            1 => line.delivery_id.push('x'),
            2 => line.at.push('x'),
            3 => line.kind.push('x'),
            4 => more(&mut line.state),
            5 => more(&mut line.reason),
            6 => more(&mut line.detail),
            7 => more(&mut line.journal_id),
            _ => more(&mut line.evidence_sha256),
        }
        prop_assert_eq!(faults(&lines, &head, None).len(), 1);
    }
}
