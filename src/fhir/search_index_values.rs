//! Numbers and dates as the search tables keep them.

use serde_json::Value;

use super::{element::text, search_values::period_of};
use crate::clock::instant_text;

/// A JSON number in millionths; none when it is out of range.
pub(super) fn millionths(value: &Value) -> Option<i64> {
    let scaled = (value.as_f64()? * 1e6).round();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the bound keeps it within what both types hold exactly"
    )]
    (scaled.abs() < 9e15).then_some(scaled as i64)
}

/// First instant, and first instant after, of a date, an instant or a `Period`; empty: open.
pub(super) fn period(value: &Value) -> Option<(String, String)> {
    if let Some(date) = value.as_str() {
        let (from, before) = period_of(date)?;
        return Some((instant_text(from), instant_text(before)));
    }
    let side = |name| text(value, name).and_then(period_of);
    let (start, end) = (side("start"), side("end"));
    (start.is_some() || end.is_some()).then(|| {
        (
            start
                .map(|(from, _)| instant_text(from))
                .unwrap_or_default(),
            end.map(|(_, before)| instant_text(before))
                .unwrap_or_default(),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn numbers_and_periods_are_kept_so_that_they_sort() {
        assert_eq!(millionths(&json!(3.5)), Some(3_500_000));
        assert_eq!(millionths(&json!(-0.000_001)), Some(-1));
        assert_eq!(millionths(&json!(1e30)), None);
        let both = |from: &str, before: &str| Some((from.to_owned(), before.to_owned()));
        assert_eq!(
            period(&json!({"start": "2026-11-23"})),
            both("2026-11-22T23:00:00.000Z", "")
        );
        assert_eq!(
            period(&json!("2026-12")),
            both("2026-11-30T23:00:00.000Z", "2026-12-31T23:00:00.000Z")
        );
        assert_eq!(period(&json!({"extension": []})), None);
    }
}
