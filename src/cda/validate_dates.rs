//! Dates of a finished document, under check: rules `R-TIM-…`.
//!
//! Birth, what happened, the meeting, the document, its signature come in that order; what is proposed
//! comes after the meeting. Dates are compared at the precision of the coarser one. No clock is asked:
//! the latest date of a document is that of its signature.

use std::cmp::Ordering;

use super::{
    tree::Element,
    validate::{Checker, Texts},
    validate_instants::compare,
    validate_rules::declares,
};

const PLAN: &str = "1.3.6.1.4.1.19376.1.5.3.1.3.36";

const CHECK_DATES: Texts = ["Vérifier ces dates.", "Check these dates."];

/// The dates that the others are compared to.
struct Landmarks<'t> {
    birth: Option<&'t str>,
    meeting: Option<&'t str>,
    document: Option<&'t str>,
}

impl<'t> Checker<'t> {
    pub(super) fn dates(&mut self) {
        let document = self.root.first("effectiveTime");
        let marks = Landmarks {
            birth: self
                .root
                .path(&["recordTarget", "patientRole", "patient", "birthTime"])
                .and_then(value),
            meeting: self
                .root
                .path(&["documentationOf", "serviceEvent", "effectiveTime"])
                .and_then(start),
            document: document.and_then(value),
        };
        if let Some(time) = document {
            self.precise(time);
        }
        self.header_dates(&marks);
        let Some(body) = self.root.path(&["component", "structuredBody"]) else {
            return;
        };
        for component in body.all("component") {
            if let Some(section) = component.first("section") {
                let is_plan = declares(section, PLAN);
                for time in section
                    .descendants()
                    .filter(|time| time.is("effectiveTime"))
                {
                    self.body_date(time, is_plan, &marks);
                }
            }
        }
    }

    fn precise(&mut self, time: Element<'t>) {
        let value = time.attribute("value").unwrap_or_default();
        let digits = value.split(['+', '-']).next().unwrap_or_default();
        if digits.len() < 14 || digits.len() == value.len() {
            self.warning(
                "R-TIM-1",
                time,
                [
                    "L'instant n'a pas de secondes ou pas de décalage horaire.",
                    "The instant has no seconds or no offset.",
                ],
                ["Écrire AAAAMMJJhhmmss+hhmm.", "Write YYYYMMDDhhmmss+hhmm."],
            );
        }
    }

    fn header_dates(&mut self, marks: &Landmarks<'t>) {
        let root = self.root;
        if let Some(birth) = root.path(&["recordTarget", "patientRole", "patient", "birthTime"])
            && is_after(marks.birth, marks.document)
        {
            self.warning(
                "R-TIM-2",
                birth,
                [
                    "La naissance est postérieure au document.",
                    "The birth comes after the document.",
                ],
                CHECK_DATES,
            );
        }
        if let Some(document) = root.first("effectiveTime")
            && is_after(marks.meeting, marks.document)
        {
            self.out_of_order(document);
        }
        for author in root.all("author") {
            if let Some(time) = author.first("time")
                && is_after(value(time), marks.document)
            {
                self.out_of_order(time);
            }
        }
        if let Some(time) = root.path(&["legalAuthenticator", "time"])
            && (is_after(marks.document, value(time)) || is_after(marks.meeting, value(time)))
        {
            self.out_of_order(time);
        }
        let encounter = root
            .path(&["componentOf", "encompassingEncounter", "effectiveTime"])
            .filter(|time| {
                let days = [start(*time), marks.meeting].map(|time| time.and_then(day));
                matches!(days, [Some(one), Some(other)] if compare(one, other) != Some(Ordering::Equal))
            });
        if let Some(time) = encounter {
            self.warning(
                "R-TIM-4",
                time,
                [
                    "La rencontre et l'acte de RCP ne sont pas du même jour.",
                    "The encounter and the act of the meeting are not of the same day.",
                ],
                [
                    "Écrire la date de la RCP aux deux endroits.",
                    "Write the date of the meeting in both places.",
                ],
            );
        }
    }

    fn out_of_order(&mut self, time: Element<'t>) {
        self.warning(
            "R-TIM-3",
            time,
            [
                "Les dates ne se suivent pas : RCP, auteur, document, signature.",
                "The dates do not follow each other: meeting, author, document, signature.",
            ],
            CHECK_DATES,
        );
    }

    fn body_date(&mut self, time: Element<'t>, is_plan: bool, marks: &Landmarks<'t>) {
        let [low, high] = ["low", "high"].map(|bound| time.first(bound).and_then(value));
        if is_after(low, high) {
            self.warning(
                "R-TIM-8",
                time,
                [
                    "Le début est après la fin.",
                    "The beginning comes after the end.",
                ],
                ["Mettre low avant high.", "Put low before high."],
            );
        }
        let begins = start(time);
        if is_after(marks.birth, begins) || is_after(marks.birth, high) {
            self.warning(
                "R-TIM-7",
                time,
                [
                    "Cette date précède la naissance du patient.",
                    "This date comes before the birth of the patient.",
                ],
                CHECK_DATES,
            );
        }
        let parent = time.parent();
        if is_plan && parent.is_some_and(|act| act.is("procedure")) {
            if is_after(marks.meeting, begins) {
                self.warning(
                    "R-TIM-9",
                    time,
                    [
                        "Un traitement proposé commence avant la RCP.",
                        "A treatment proposed begins before the meeting.",
                    ],
                    CHECK_DATES,
                );
            }
            return;
        }
        let is_diagnosis = parent.is_some_and(|observation| {
            observation
                .first("code")
                .is_some_and(|code| code.attribute("code") == Some("282291009"))
        });
        if is_diagnosis && is_after(begins, marks.meeting) {
            self.warning(
                "R-TIM-6",
                time,
                [
                    "Le diagnostic est postérieur à la RCP.",
                    "The diagnosis comes after the meeting.",
                ],
                CHECK_DATES,
            );
        } else if !is_plan && is_after(begins, marks.document.and_then(day)) {
            self.warning(
                "R-TIM-2",
                time,
                [
                    "Cette date est postérieure au document.",
                    "This date comes after the document.",
                ],
                CHECK_DATES,
            );
        }
    }
}

fn value(time: Element<'_>) -> Option<&str> {
    time.attribute("value")
}

/// When an instant is, or an interval begins.
fn start(time: Element<'_>) -> Option<&str> {
    value(time).or_else(|| time.first("low").and_then(value))
}

/// The day of an instant.
fn day(value: &str) -> Option<&str> {
    value.get(..8)
}

/// True when both are known and the first comes after the second.
fn is_after(one: Option<&str>, other: Option<&str>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => compare(one, other) == Some(Ordering::Greater),
        _ => false,
    }
}
