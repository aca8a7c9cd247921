//! Pregnancies, and what the patient wishes (volet of 2025, sections 7 and 8).
//!
//! **Source:** ANS, volet CANCER-FRCP 2025.01, FR-Historique-des-grossesses and
//! FR-SouhaitsPatient-QualiteDeVie.

use crate::rcp::{Pregnancy, PregnancyFact, Tri, value_sets};

use super::{
    templates_2025,
    write::{Out, Resolved},
    write_datatypes::{Time, french_date, french_tri, french_when, ts_date, ts_when},
    write_narrative::{cell, named},
};

/// A fact with the name of its text.
struct Fact<'r> {
    name: String,
    code: Resolved<'r>,
    value: Value<'r>,
    time: Time,
}

enum Value<'r> {
    Number(i32),
    Date(crate::rcp::PartialDate),
    Answer(Tri),
    Text(&'r str),
}

impl<'r> Out<'r> {
    /// Section 7, when there is something to say.
    pub(super) fn pregnancy_section(&mut self) {
        let Some(pregnancy) = &self.report.pregnancy else {
            return;
        };
        let facts = self.facts_of(pregnancy);
        if facts.is_empty() {
            return;
        }
        self.section(
            &templates_2025::PREGNANCY,
            |out| {
                out.facts(cell("Historique des grossesses"), |out| {
                    for fact in &facts {
                        let value = match &fact.value {
                            Value::Number(number) => number.to_string(),
                            Value::Date(date) => french_date(*date),
                            Value::Answer(answer) => french_tri(*answer).to_owned(),
                            Value::Text(text) => (*text).to_owned(),
                        };
                        out.fact(fact.code.display, named(&fact.name, &value));
                    }
                });
            },
            |out| {
                for fact in &facts {
                    out.entry(|out| out.fact_entry(fact));
                }
            },
        );
    }

    fn facts_of(&mut self, pregnancy: &'r Pregnancy) -> Vec<Fact<'r>> {
        let mut facts = Vec::new();
        let known = [
            (
                templates_2025::GRAVIDITY,
                "nb-grossesses",
                pregnancy.gravidity.map(Value::Number),
            ),
            (
                templates_2025::PARITY,
                "nb-accouchements",
                pregnancy.parity.map(Value::Number),
            ),
            (
                templates_2025::PARENTAL_PROJECT,
                "projet-parental",
                pregnancy.parental_project.map(Value::Answer),
            ),
        ];
        for (term, name, value) in known {
            if let Some(value) = value {
                facts.push(Fact {
                    name: name.to_owned(),
                    code: self.fixed(term),
                    value,
                    time: Time::Null("NA"),
                });
            }
        }
        for (rank, fact) in pregnancy.other.iter().enumerate() {
            if let Some(code) = self.resolve(value_sets::PREGNANCY, &fact.what) {
                facts.push(Fact {
                    name: format!("grossesse-{:02}", rank + 1),
                    code,
                    value: value_of(fact),
                    time: fact
                        .observed_on
                        .map_or(Time::Null("NA"), |date| Time::At(ts_date(date))),
                });
            }
        }
        facts
    }

    fn fact_entry(&mut self, fact: &Fact<'r>) {
        self.xml
            .open("observation", &[("classCode", "OBS"), ("moodCode", "EVN")]);
        self.templates(templates_2025::PREGNANCY_FACT);
        self.own_id(&fact.name);
        let attributes = self.code_attributes(&[], fact.code);
        self.xml.empty("code", &attributes);
        self.text_reference(&fact.name);
        self.xml.empty("statusCode", &[("code", "completed")]);
        self.effective_time(&fact.time);
        match &fact.value {
            Value::Number(number) => {
                let number = number.to_string();
                self.xml
                    .empty("value", &[("xsi:type", "INT"), ("value", &number)]);
            }
            Value::Date(date) => {
                let date = ts_date(*date);
                self.xml
                    .empty("value", &[("xsi:type", "TS"), ("value", &date)]);
            }
            Value::Answer(answer) => self.boolean(*answer),
            Value::Text(text) => self.xml.leaf("value", &[("xsi:type", "ST")], text),
        }
        self.xml.close("observation");
    }

    /// Section 8, when there is something to say.
    pub(super) fn wishes_section(&mut self) {
        let wishes = &self.report.patient_wishes;
        if wishes.is_empty() {
            return;
        }
        let name = |rank: usize| format!("souhait-patient-{:02}", rank + 1);
        self.section(
            &templates_2025::WISHES,
            |out| {
                out.table(&["Date", "Souhait du patient"], |out| {
                    for (rank, wish) in wishes.iter().enumerate() {
                        let date = wish.date.map(french_when).unwrap_or_default();
                        out.row(&[cell(&date), named(&name(rank), &wish.label)]);
                    }
                });
            },
            |out| {
                for (rank, wish) in wishes.iter().enumerate() {
                    let date = wish.date.map(ts_when);
                    out.entry(|out| out.dated_comment(&name(rank), date));
                }
            },
        );
    }
}

fn value_of(fact: &PregnancyFact) -> Value<'_> {
    match (fact.number, fact.on, fact.answer, fact.text.as_deref()) {
        (Some(number), ..) => Value::Number(number),
        (None, Some(date), ..) => Value::Date(date),
        (None, None, Some(answer), _) => Value::Answer(answer),
        (None, None, None, text) => Value::Text(text.unwrap_or_default()),
    }
}
