//! Data types of HL7 V3, read into those of the model.
//!
//! **Source:** HL7 V3 datatypes R1; ANS, CI-SIS, *structuration minimale*.

use crate::rcp::{
    Address, Coded, InstanceId, Moment, Organization, OrganizationId, OrganizationIdKind,
    PartialDate, PersonName, Telecom, Tri, When,
};

use super::{
    header_people::STRUCTURE_ROOT,
    report_reading::Reader,
    report_texts::{Texts, parse_ts, words},
    tree::Element,
};

/// Reasons of absence that the model can tell, by leaving the field out.
const PLAIN_ABSENCE: [&str; 6] = ["NA", "NAV", "NI", "OTH", "UNK", "NAVU"];

impl<'t> Reader<'t> {
    /// Value of an attribute that says something.
    pub(super) fn attribute(element: Element<'t>, name: &str) -> Option<String> {
        element
            .attribute(name)
            .map(str::trim)
            .filter(|value| !value.is_empty())
            .map(str::to_owned)
    }

    /// Words of the child of that name.
    pub(super) fn child_text(&mut self, parent: Element<'t>, name: &str) -> Option<String> {
        self.next(parent, name).and_then(words)
    }

    /// `II`; none without root.
    pub(super) fn instance_id(element: Element<'t>) -> Option<InstanceId> {
        Some(InstanceId {
            root: Self::attribute(element, "root")?,
            extension: Self::attribute(element, "extension"),
        })
    }

    /// A date or an instant: that of the element, else that of its `low`. An instant without
    /// offset gets that of metropolitan France, with a note.
    pub(super) fn when(&mut self, element: Element<'t>) -> Option<When> {
        self.note(element);
        let own = if element.attribute("value").is_some() {
            element
        } else {
            self.next(element, "low")?
        };
        let text = Self::attribute(own, "value")?;
        let Some((when, is_assumed)) = parse_ts(&text) else {
            self.lost(own);
            return None;
        };
        if is_assumed {
            self.adjusted(
                own,
                [
                    "L'heure est sans décalage : celui de la France métropolitaine est pris.",
                    "The hour has no offset: that of metropolitan France is taken.",
                ],
            );
        }
        Some(when)
    }

    /// As [`Reader::when`], for a field that holds a day at best.
    pub(super) fn day(&mut self, element: Element<'t>) -> Option<PartialDate> {
        match self.when(element)? {
            When::Date(date) => Some(date),
            When::Moment(moment) => {
                self.adjusted(
                    element,
                    [
                        "La fiche garde le jour, pas l'heure.",
                        "The report keeps the day, not the hour.",
                    ],
                );
                Some(moment.date())
            }
        }
    }

    /// As [`Reader::when`], for a field that holds an instant: a day becomes its midnight, with a
    /// note; less than a day is not an instant.
    pub(super) fn moment(&mut self, element: Element<'t>) -> Option<Moment> {
        match self.when(element)? {
            When::Moment(moment) => Some(moment),
            When::Date(date) => {
                let midnight = parse_ts(&format!("{}0000", date.to_string().replace('-', "")));
                let Some((When::Moment(moment), _)) = midnight else {
                    self.lost(element);
                    return None;
                };
                self.adjusted(
                    element,
                    [
                        "L'heure n'est pas dite : minuit est pris.",
                        "The hour is not said: midnight is taken.",
                    ],
                );
                Some(moment)
            }
        }
    }

    /// `effectiveTime` of an entry, as a day.
    pub(super) fn day_of(&mut self, entry: Element<'t>) -> Option<PartialDate> {
        let time = self.next(entry, "effectiveTime")?;
        self.day(time)
    }

    /// Ends of `effectiveTime` of an entry.
    pub(super) fn span_of(&mut self, entry: Element<'t>) -> (Option<When>, Option<When>) {
        let Some(time) = self.next(entry, "effectiveTime") else {
            return (None, None);
        };
        let start = self.when(time);
        let end = self.next(time, "high").and_then(|high| self.when(high));
        (start, end)
    }

    /// As [`Reader::span_of`], each end as a day.
    pub(super) fn days_of(
        &mut self,
        entry: Element<'t>,
    ) -> (Option<PartialDate>, Option<PartialDate>) {
        let Some(time) = self.next(entry, "effectiveTime") else {
            return (None, None);
        };
        let start = self.day(time);
        let end = self.next(time, "high").and_then(|high| self.day(high));
        (start, end)
    }

    /// `BL`.
    pub(super) fn boolean(&mut self, value: Element<'t>) -> Tri {
        self.note(value);
        match value.attribute("value").map(str::trim) {
            Some("true" | "1") => Tri::Yes,
            Some("false" | "0") => Tri::No,
            Some(_) => {
                self.lost(value);
                Tri::Unknown
            }
            None => {
                self.absence(value);
                Tri::Unknown
            }
        }
    }

    /// Tells a reason of absence that the model cannot hold.
    fn absence(&mut self, element: Element<'t>) {
        if element
            .attribute("nullFlavor")
            .is_some_and(|flavor| !PLAIN_ABSENCE.contains(&flavor))
        {
            self.lost(element);
        }
    }

    /// A coded value whose words, if any, stand within it; none when it says nothing.
    pub(super) fn coded(&mut self, element: Element<'t>, value_set: &str) -> Option<Coded> {
        self.note(element);
        let written = self.original_text(element);
        let mut coded = Coded {
            text: written,
            ..Self::code_of(element)
        };
        coded.forget_what_is_decided(value_set, self.terminology);
        if coded.code.is_none() {
            self.absence(element);
        }
        (coded != Coded::default()).then_some(coded)
    }

    /// A coded value that points at its words in the narrative; words that only repeat the label
    /// are left out. None when it says nothing.
    pub(super) fn pointing_code(&mut self, element: Element<'t>, value_set: &str) -> Option<Coded> {
        let label = Self::code_of(element).label(value_set, self.terminology);
        let mut coded = self.coded(element, value_set)?;
        if let (Some(code), Some(written)) = (&coded.code, &coded.text) {
            coded.text = beside_label(written, code, &label);
        }
        Some(coded)
    }

    /// Words of `originalText`: its own, or those that it points at.
    pub(super) fn original_text(&mut self, element: Element<'t>) -> Option<String> {
        let text = self.next(element, "originalText")?;
        self.note_all(text);
        self.texts.pointed(text)
    }

    /// The code, its system and its label.
    fn code_of(element: Element<'t>) -> Coded {
        let Some(code) = Self::attribute(element, "code") else {
            return Coded::default();
        };
        Coded {
            system: Self::attribute(element, "codeSystem"),
            display: Self::attribute(element, "displayName").filter(|label| *label != code),
            code: Some(code),
            text: None,
        }
    }

    /// `TEL` children.
    pub(super) fn telecoms(&mut self, element: Element<'t>) -> Vec<Telecom> {
        let mut telecoms = Vec::new();
        for telecom in element.all("telecom").collect::<Vec<_>>() {
            self.note(telecom);
            match Self::attribute(telecom, "value") {
                Some(value) => telecoms.push(Telecom {
                    value,
                    usage: Self::attribute(telecom, "use"),
                }),
                None => self.absence(telecom),
            }
        }
        telecoms
    }

    /// `AD` children; those that say nothing are left out.
    pub(super) fn addresses(&mut self, element: Element<'t>) -> Vec<Address> {
        let addresses: Vec<_> = element.all("addr").collect();
        addresses
            .into_iter()
            .filter_map(|address| self.address(address))
            .collect()
    }

    pub(super) fn address(&mut self, element: Element<'t>) -> Option<Address> {
        self.note(element);
        self.absence(element);
        let mut one = |names: &[&str]| names.iter().find_map(|name| self.child_text(element, name));
        let mut address = Address {
            house_number: one(&["houseNumber", "houseNumberNumeric"]),
            street_name: one(&["streetName"]),
            street_type: one(&["streetNameType"]),
            additional_locator: one(&["additionalLocator"]),
            unit: one(&["unitID"]),
            post_box: one(&["postBox"]),
            postal_code: one(&["postalCode"]),
            city: one(&["city"]),
            county: one(&["county"]),
            state: one(&["state"]),
            country: one(&["country"]),
            lines: Vec::new(),
            usage: None,
        };
        while let Some(line) = self.next(element, "streetAddressLine") {
            address.lines.extend(words(line));
        }
        if element.elements().next().is_none() {
            address.lines.extend(words(element));
        }
        if address == Address::default() {
            return None;
        }
        address.usage = Self::attribute(element, "use");
        Some(address)
    }

    /// Name of a professional or of a relative; none without family name.
    pub(super) fn person_name(&mut self, name: Element<'t>) -> Option<PersonName> {
        self.note(name);
        let mut one = |part| self.child_text(name, part);
        let (given, prefix, suffix) = (one("given"), one("prefix"), one("suffix"));
        // A name in one piece is taken for the family name.
        let family = one("family").or_else(|| words(name).filter(|_| name.elements().count() == 0));
        let Some(family) = family else {
            if given.is_some() {
                self.lost(name);
            }
            return None;
        };
        Some(PersonName {
            family,
            given,
            prefix,
            suffix,
        })
    }

    /// A structure; `sector` alone says nothing.
    pub(super) fn organization(&mut self, element: Element<'t>) -> Organization {
        self.note(element);
        let sector = self.next(element, "standardIndustryClassCode");
        Organization {
            id: self.structure_id(element),
            name: self.child_text(element, "name"),
            telecoms: self.telecoms(element),
            addresses: self.addresses(element),
            sector: sector.and_then(|sector| self.coded(sector, crate::rcp::value_sets::SECTOR)),
        }
    }

    /// National identifier of a structure.
    pub(super) fn structure_id(&mut self, element: Element<'t>) -> Option<OrganizationId> {
        let id = element
            .all("id")
            .find(|id| id.attribute("root") == Some(STRUCTURE_ROOT))?;
        let id_nat = Self::attribute(id, "extension")?;
        let kind = match id_nat.chars().next()? {
            '0' => OrganizationIdKind::CabinetAdeli,
            '1' => OrganizationIdKind::Finess,
            '2' => OrganizationIdKind::Siren,
            '3' => OrganizationIdKind::Siret,
            '4' => OrganizationIdKind::CabinetRpps,
            _ => return None,
        };
        self.note(id);
        let value = id_nat.chars().skip(1).collect();
        Some(OrganizationId { kind, value })
    }

    /// Words that `text` of an entry points at, and the name of them.
    pub(super) fn entry_text(&mut self, entry: Element<'t>) -> (Option<&'t str>, Option<String>) {
        let Some(text) = self.next(entry, "text") else {
            return (None, None);
        };
        self.note_all(text);
        (Texts::target(text), self.texts.pointed(text))
    }
}

/// What the author wrote, without the code and the label that stand before it.
pub(super) fn beside_label(written: &str, code: &str, label: &str) -> Option<String> {
    let rest = written
        .strip_prefix(code)
        .map_or(written, |rest| rest.trim_start_matches([' ', ':', '-']));
    if rest.is_empty() || rest == label {
        return None;
    }
    let within = rest
        .strip_prefix(label)
        .and_then(|rest| rest.strip_prefix(" ("))
        .and_then(|rest| rest.strip_suffix(')'));
    Some(within.unwrap_or(rest).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_beside_a_label_are_those_of_the_author() {
        for (written, text) in [
            ("sein", None),
            ("Sein", Some("Sein")),
            ("76752008 sein", None),
            ("sein (quadrant externe)", Some("quadrant externe")),
            ("76752008 - sein (gauche)", Some("gauche")),
            ("Sein gauche", Some("Sein gauche")),
        ] {
            assert_eq!(
                beside_label(written, "76752008", "sein").as_deref(),
                text,
                "{written}"
            );
        }
    }
}
