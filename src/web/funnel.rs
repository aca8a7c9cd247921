//! The way of the reports to their physician, as the operations page shows it: each number opens its
//! list.

use super::{
    follow_up::{LIST_PATH, WORK_PATH},
    follow_up_query::{FollowUpQuery, stage_name},
    layout::Layout,
};
use crate::{
    config::FollowUp,
    flows::Funnel,
    storage::{FunnelCount, Stage},
};

/// What the page shows.
pub struct FunnelView {
    pub stages: Vec<StageRow>,
    pub verdict: String,
    pub closed: i64,
    pub start_percent: f64,
    pub groups: Vec<Group>,
    pub filter: Vec<Removable>,
    pub from: String,
    pub to: String,
    pub board: Option<String>,
    pub hospital: Option<String>,
    pub work_href: String,
    pub csv_href: String,
}

/// A stage, and what was lost on the way to it.
pub struct StageRow {
    pub name: String,
    pub count: i64,
    pub percent: String,
    pub width: f64,
    pub href: String,
    pub missed: i64,
    pub missed_href: String,
}

/// A table of counts.
pub struct Group {
    pub id: &'static str,
    pub title: String,
    pub lines: Vec<GroupLine>,
}

/// A line of it.
pub struct GroupLine {
    pub name: String,
    pub href: String,
    pub cells: Vec<(i64, String)>,
    pub percent: String,
}

/// A limit of the page, and the page without it.
pub struct Removable {
    pub name: String,
    pub href: String,
}

/// The page that shows the counts.
const PATH: &str = "/pilotage";

impl FunnelView {
    pub fn new(
        funnel: Funnel,
        query: &FollowUpQuery,
        settings: &FollowUp,
        layout: &Layout,
    ) -> Self {
        let whole = &funnel.whole;
        let arrived = arrived_percent(whole);
        let verdict = match arrived {
            None => layout
                .say(
                    "Aucun compte rendu sur cette période.",
                    "No report in this period.",
                )
                .to_owned(),
            Some(arrived) => format!(
                "{} {}\u{a0}%. {} {}\u{a0}%, {} {}\u{a0}%.",
                layout.say(
                    "Arrivés au médecin traitant\u{a0}:",
                    "Arrived at the attending physician:"
                ),
                decimal(arrived, layout),
                layout.say("Point de départ\u{a0}:", "Where it began:"),
                decimal(settings.start_percent, layout),
                layout.say("objectif\u{a0}:", "aim:"),
                decimal(settings.target_percent, layout),
            ),
        };
        Self {
            stages: Stage::ALL
                .into_iter()
                .zip(whole.counts)
                .map(|(stage, count)| StageRow::new(stage, count, whole, query, layout))
                .collect(),
            verdict,
            closed: whole.closed,
            start_percent: settings.start_percent,
            groups: groups(funnel, query, layout),
            filter: removable(query),
            from: query.from.clone().unwrap_or_default(),
            to: query.to.clone().unwrap_or_default(),
            board: query.board.clone(),
            hospital: query.hospital.clone(),
            work_href: query.href(WORK_PATH),
            csv_href: query.href("/pilotage/entonnoir.csv"),
        }
    }
}

impl StageRow {
    fn new(
        stage: Stage,
        count: i64,
        whole: &FunnelCount,
        query: &FollowUpQuery,
        layout: &Layout,
    ) -> Self {
        let list = |is_missed| {
            FollowUpQuery {
                stage: Some(stage),
                is_missed,
                ..query.clone()
            }
            .href(LIST_PATH)
        };
        let before = stage
            .before()
            .and_then(|before| Stage::ALL.iter().position(|known| *known == before))
            .and_then(|rank| whole.counts.get(rank))
            .copied();
        let percent = share(count, whole.counts[0]);
        Self {
            name: stage_name(stage).get(layout.language).to_owned(),
            count,
            percent: percent.map_or_else(String::new, |percent| decimal(percent, layout)),
            width: percent.unwrap_or_default(),
            href: list(false),
            missed: before.map_or(0, |before| before - count),
            missed_href: list(true),
        }
    }
}

fn groups(funnel: Funnel, query: &FollowUpQuery, layout: &Layout) -> Vec<Group> {
    let group =
        |id, title: &str, counts: Vec<FunnelCount>, limit: &dyn Fn(&str) -> FollowUpQuery| Group {
            id,
            title: title.to_owned(),
            lines: counts
                .into_iter()
                .map(|count| GroupLine::new(count, &limit, layout))
                .collect(),
        };
    vec![
        group(
            "mois",
            layout.say("Par mois", "By month"),
            funnel.months,
            &|key| FollowUpQuery {
                from: Some(format!("{key}-01")),
                to: Some(last_day(key)),
                ..query.clone()
            },
        ),
        group(
            "etablissements",
            layout.say("Par établissement", "By hospital"),
            funnel.hospitals,
            &|key| FollowUpQuery {
                hospital: Some(key.to_owned()),
                ..query.clone()
            },
        ),
        group(
            "rcp",
            layout.say("Par RCP", "By board"),
            funnel.boards,
            &|key| FollowUpQuery {
                board: Some(key.to_owned()),
                ..query.clone()
            },
        ),
    ]
}

impl GroupLine {
    fn new(count: FunnelCount, limit: &dyn Fn(&str) -> FollowUpQuery, layout: &Layout) -> Self {
        let query = limit(&count.key);
        let cells = Stage::ALL
            .into_iter()
            .zip(count.counts)
            .map(|(stage, number)| {
                let list = FollowUpQuery {
                    stage: Some(stage),
                    ..query.clone()
                };
                (number, list.href(LIST_PATH))
            });
        Self {
            cells: cells.collect(),
            percent: arrived_percent(&count)
                .map_or_else(String::new, |percent| decimal(percent, layout)),
            href: query.href(PATH),
            name: if count.name.is_empty() {
                layout.say("non renseigné", "not given").to_owned()
            } else {
                count.name
            },
        }
    }
}

fn removable(query: &FollowUpQuery) -> Vec<Removable> {
    let without = |name: &Option<String>, query: FollowUpQuery| {
        name.as_ref().map(|name| Removable {
            name: name.clone(),
            href: query.href(PATH),
        })
    };
    let board = FollowUpQuery {
        board: None,
        ..query.clone()
    };
    let hospital = FollowUpQuery {
        hospital: None,
        ..query.clone()
    };
    [
        without(&query.board, board),
        without(&query.hospital, hospital),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Reports that arrived, in the mailbox or otherwise, in percent of those taken in.
fn arrived_percent(count: &FunnelCount) -> Option<f64> {
    let delivered = Stage::ALL
        .iter()
        .position(|stage| *stage == Stage::Delivered)?;
    share(count.counts[delivered] + count.closed, count.counts[0])
}

fn share(part: i64, whole: i64) -> Option<f64> {
    #[expect(
        clippy::cast_precision_loss,
        reason = "a percentage of counts below 2^52"
    )]
    (whole > 0).then(|| part as f64 * 100.0 / whole as f64)
}

/// One digit after the comma, or the point.
fn decimal(percent: f64, layout: &Layout) -> String {
    let text = format!("{percent:.1}");
    match layout.lang() {
        "fr" => text.replace('.', ","),
        _ => text,
    }
}

/// Last day of a month `YYYY-MM`.
fn last_day(month: &str) -> String {
    let (year, number) = month.split_once('-').unwrap_or((month, "1"));
    let number = number
        .parse::<u8>()
        .ok()
        .and_then(|number| time::Month::try_from(number).ok());
    let days = number.map_or(31, |number| number.length(year.parse().unwrap_or(2000)));
    format!("{month}-{days:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_month_ends_on_its_last_day() {
        assert_eq!(last_day("2028-02"), "2028-02-29");
        assert_eq!(last_day("2026-11"), "2026-11-30");
        assert_eq!(last_day("?"), "?-31");
    }

    #[test]
    fn what_was_brought_otherwise_counts_as_arrived() {
        let count = FunnelCount {
            counts: [200, 180, 150, 140, 100, 90],
            closed: 2,
            ..FunnelCount::default()
        };
        assert_eq!(arrived_percent(&count), Some(51.0));
        assert_eq!(arrived_percent(&FunnelCount::default()), None);
    }
}
