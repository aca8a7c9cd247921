//! What a page of the follow-up is asked: which reports, and which stage of them.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use time::{Date, Duration, macros::format_description};

use crate::{
    finding::Bilingual,
    flows::{Context, work},
    storage::{FollowUpFilter, Stage, Wanted},
};

/// The words of the stages in addresses.
const STAGES: [(Stage, &str); 6] = [
    (Stage::Received, "recu"),
    (Stage::WithPhysician, "medecin"),
    (Stage::WithAddress, "adresse"),
    (Stage::Sent, "envoye"),
    (Stage::Delivered, "remis"),
    (Stage::Read, "lu"),
];

/// The parameters of a page, read; what makes no sense is left out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FollowUpQuery {
    /// Name of the board.
    pub board: Option<String>,
    /// Identifier, or name, of the hospital.
    pub hospital: Option<String>,
    /// First day, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// Last day, `YYYY-MM-DD`.
    pub to: Option<String>,
    /// Stage that is listed.
    pub stage: Option<Stage>,
    /// True when those that missed the stage are listed.
    pub is_missed: bool,
    /// Reason that is listed.
    pub reason: Option<String>,
    /// Where the page begins.
    pub cursor: Option<String>,
    /// Language that the address names.
    pub language: Option<&'static str>,
}

impl FollowUpQuery {
    /// Reads the pairs of an address.
    pub fn read(pairs: &[(String, String)], language: Option<&'static str>) -> Self {
        let given = |wanted: &str| {
            let found = pairs.iter().find(|(name, _)| name == wanted);
            found
                .map(|(_, value)| value.trim().to_owned())
                .filter(|value| !value.is_empty())
        };
        let day = |name: &str| given(name).filter(|text| parse_day(text).is_some());
        let stage = given("etape");
        Self {
            board: given("rcp"),
            hospital: given("hopital"),
            from: day("du"),
            to: day("au"),
            stage: STAGES
                .iter()
                .find(|(_, word)| Some(*word) == stage.as_deref())
                .map(|(stage, _)| *stage),
            is_missed: given("manque").is_some(),
            reason: given("motif"),
            cursor: given("suite"),
            language,
        }
    }

    /// The reports that it speaks of.
    pub fn filter(&self) -> FollowUpFilter {
        FollowUpFilter {
            board: self.board.clone(),
            hospital: self.hospital.clone(),
            from: self.from.clone(),
            before: self.to.as_deref().and_then(day_after),
        }
    }

    /// The list that it asks for: a stage, or what waits for somebody.
    pub fn wanted(&self, context: &Context) -> Wanted {
        match self.stage {
            Some(stage) if self.is_missed => Wanted::Missed(stage),
            Some(stage) => Wanted::Reached(stage),
            None => Wanted::Work(work(context, self.reason.clone())),
        }
    }

    /// The same reports, at that path.
    pub fn href(&self, path: &str) -> String {
        let stage = self.stage.map(|stage| word_of(stage).to_owned());
        let missed = self.is_missed.then(|| "oui".to_owned());
        let language = self.language.map(str::to_owned);
        let pairs = [
            ("rcp", &self.board),
            ("hopital", &self.hospital),
            ("du", &self.from),
            ("au", &self.to),
            ("etape", &stage),
            ("manque", &missed),
            ("motif", &self.reason),
            ("suite", &self.cursor),
            ("lang", &language),
        ];
        let mut address = path.to_owned();
        let mut mark = '?';
        for (name, value) in pairs {
            if let Some(value) = value {
                address.push(mark);
                mark = '&';
                address.push_str(name);
                address.push('=');
                address.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
            }
        }
        address
    }
}

fn word_of(stage: Stage) -> &'static str {
    STAGES
        .iter()
        .find(|(known, _)| *known == stage)
        .map_or("", |(_, word)| word)
}

fn parse_day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

fn day_after(text: &str) -> Option<String> {
    let next = parse_day(text)?.checked_add(Duration::days(1))?;
    next.format(format_description!("[year]-[month]-[day]"))
        .ok()
}

/// What a stage is called by people.
pub fn stage_name(stage: Stage) -> Bilingual {
    match stage {
        Stage::Received => Bilingual::new("comptes rendus", "reports"),
        Stage::WithPhysician => Bilingual::new("avec un médecin traitant", "with a physician"),
        Stage::WithAddress => Bilingual::new("avec une adresse", "with an address"),
        Stage::Sent => Bilingual::new("envoyés", "sent"),
        Stage::Delivered => Bilingual::new("remis dans la boîte", "delivered"),
        Stage::Read => Bilingual::new("lus ou intégrés", "read or integrated"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(text: &[(&str, &str)]) -> Vec<(String, String)> {
        text.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect()
    }

    #[test]
    fn what_is_read_is_written_back_and_the_last_day_is_whole() {
        let asked = pairs(&[
            ("rcp", "Sein & co"),
            ("au", "2026-02-28"),
            ("etape", "lu"),
            ("manque", "oui"),
        ]);
        let query = FollowUpQuery::read(&asked, Some("en"));
        assert_eq!(query.filter().before.as_deref(), Some("2026-03-01"));
        assert_eq!(
            query.href("/x"),
            "/x?rcp=Sein%20%26%20co&au=2026%2D02%2D28&etape=lu&manque=oui&lang=en"
        );
    }

    #[test]
    fn what_makes_no_sense_is_left_out() {
        let query = FollowUpQuery::read(
            &pairs(&[("du", "hier"), ("etape", "perdu"), ("rcp", " ")]),
            None,
        );
        assert_eq!(query, FollowUpQuery::default());
    }
}
