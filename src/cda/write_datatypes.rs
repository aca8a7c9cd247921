//! Data types of HL7 V3, written.
//!
//! **Source:** HL7 V3 datatypes R1; ANS, CI-SIS, *structuration minimale*.

use time::{OffsetDateTime, PrimitiveDateTime};

use crate::{
    clock::offset_of_paris,
    rcp::{
        Address, Coded, DEFAULT_SECTOR, InstanceId, Moment, Organization, PartialDate,
        ParticipantTime, Period, PersonName, Telecom, Tri, When, value_sets,
    },
};

use super::{
    codes::{Term, system_name},
    header_people::{PROFESSIONAL_ROOT, STRUCTURE_ROOT},
    write::{Out, Resolved},
    xml::Pair,
};

/// `effectiveTime` of an entry.
pub(super) enum Time {
    /// `nullFlavor`.
    Null(&'static str),
    /// An instant, or a day.
    At(String),
    /// From then on; unknown when `None`.
    From(Option<String>),
    /// From, to; either unknown when `None`.
    Between(Option<String>, Option<String>),
}

/// `TS` of an instant: seconds and offset, never `Z`.
pub(super) fn ts(moment: Moment) -> String {
    let OffsetParts {
        sign,
        hours,
        minutes,
    } = OffsetParts::of(moment.0);
    let (date, time) = (moment.0.date(), moment.0.time());
    let fraction = match time.nanosecond() {
        0 => String::new(),
        nanosecond => format!(".{nanosecond:09}").trim_end_matches('0').to_owned(),
    };
    format!(
        "{:04}{:02}{:02}{:02}{:02}{:02}{fraction}{sign}{hours:02}{minutes:02}",
        date.year(),
        u8::from(date.month()),
        date.day(),
        time.hour(),
        time.minute(),
        time.second(),
    )
}

struct OffsetParts {
    sign: char,
    hours: u8,
    minutes: u8,
}

impl OffsetParts {
    fn of(instant: OffsetDateTime) -> Self {
        let offset = instant.offset();
        Self {
            sign: if offset.is_negative() { '-' } else { '+' },
            hours: offset.whole_hours().unsigned_abs(),
            minutes: offset.minutes_past_hour().unsigned_abs(),
        }
    }
}

/// `TS` of a date, as precise as it is.
pub(super) fn ts_date(date: PartialDate) -> String {
    date.to_string().replace('-', "")
}

/// `TS` of a date or an instant.
pub(super) fn ts_when(when: When) -> String {
    match when {
        When::Date(date) => ts_date(date),
        When::Moment(moment) => ts(moment),
    }
}

/// A date as people read it: `28/03/1979`, `03/1979` or `1979`.
pub(super) fn french_date(date: PartialDate) -> String {
    let text = date.to_string();
    let parts: Vec<&str> = text.split('-').rev().collect();
    parts.join("/")
}

/// A date or an instant as people read it; the offset is said where it is not that of
/// metropolitan France.
pub(super) fn french_when(when: When) -> String {
    match when {
        When::Date(date) => french_date(date),
        When::Moment(moment) => {
            let (date, time) = (french_date(moment.date()), moment.0.time());
            let mut text = format!("{date} {:02}:{:02}", time.hour(), time.minute());
            if time.second() != 0 {
                text.push_str(&format!(":{:02}", time.second()));
            }
            let local = PrimitiveDateTime::new(moment.0.date(), time);
            if offset_of_paris(local) != moment.0.offset() {
                let OffsetParts {
                    sign,
                    hours,
                    minutes,
                } = OffsetParts::of(moment.0);
                text.push_str(&format!(" {sign}{hours:02}:{minutes:02}"));
            }
            text
        }
    }
}

/// Yes, no, unknown, as people read it.
pub(super) fn french_tri(tri: Tri) -> &'static str {
    match tri {
        Tri::Yes => "Oui",
        Tri::No => "Non",
        Tri::Unknown => "Ne sait pas",
    }
}

/// A name as people read it.
pub(super) fn french_name(name: &PersonName) -> String {
    [
        name.suffix.as_deref().or(name.prefix.as_deref()),
        name.given.as_deref(),
        Some(name.family.as_str()),
    ]
    .into_iter()
    .flatten()
    .collect::<Vec<_>>()
    .join(" ")
}

impl<'r> Out<'r> {
    pub(super) fn instance_id(&mut self, element: &str, id: &InstanceId) {
        self.id(element, &id.root, id.extension.as_deref());
    }

    pub(super) fn id(&mut self, element: &str, root: &str, extension: Option<&str>) {
        match extension {
            Some(extension) => self
                .xml
                .empty(element, &[("root", root), ("extension", extension)]),
            None => self.xml.empty(element, &[("root", root)]),
        }
    }

    pub(super) fn professional_id(&mut self, extension: &str) {
        self.id("id", PROFESSIONAL_ROOT, Some(extension));
    }

    pub(super) fn null(&mut self, element: &str, flavor: &str) {
        self.xml.empty(element, &[("nullFlavor", flavor)]);
    }

    /// A code that the volet fixes.
    pub(super) fn term(&mut self, element: &str, term: &Term) {
        let code = self.fixed(*term);
        self.code_element(element, &[], code, None);
    }

    /// A code that the volet fixes, with what the author wrote beside.
    pub(super) fn term_with_text(&mut self, element: &str, term: &Term, text: Option<&str>) {
        let code = self.fixed(*term);
        self.code_element(element, &[], code, text);
    }

    /// A code of a value set, in an element that cannot go without.
    pub(super) fn coded(&mut self, element: &str, value_set: &'static str, coded: &'r Coded) {
        match self.resolve(value_set, coded) {
            Some(code) => self.code_element(element, &[], code, coded.text.as_deref()),
            None => {
                self.xml.open_mixed(element, &[("nullFlavor", "OTH")]);
                self.xml.leaf(
                    "originalText",
                    &[],
                    coded.text.as_deref().unwrap_or_default(),
                );
                self.xml.close_mixed(element);
            }
        }
    }

    fn code_element(
        &mut self,
        element: &str,
        before: &[Pair<'_>],
        code: Resolved<'_>,
        text: Option<&str>,
    ) {
        let attributes = self.code_attributes(before, code);
        match text {
            Some(text) => {
                self.xml.open(element, &attributes);
                self.xml.leaf("originalText", &[], text);
                self.xml.close(element);
            }
            None => self.xml.empty(element, &attributes),
        }
    }

    /// Attributes of a code, after those in `before`.
    pub(super) fn code_attributes<'a>(
        &self,
        before: &[Pair<'a>],
        code: Resolved<'a>,
    ) -> Vec<Pair<'a>> {
        let mut attributes = Vec::with_capacity(before.len() + 4);
        attributes.extend_from_slice(before);
        attributes.push(("code", code.code));
        attributes.push(("codeSystem", code.system));
        if let Some(name) = system_name(code.system, self.target.volet()) {
            attributes.push(("codeSystemName", name));
        }
        attributes.push(("displayName", code.display));
        attributes
    }

    /// Attributes of a code that the volet fixes.
    pub(super) fn term_attributes(&self, term: &Term) -> Vec<Pair<'r>> {
        let code = self.fixed(*term);
        self.code_attributes(&[], code)
    }

    pub(super) fn moment(&mut self, element: &str, moment: Moment) {
        self.xml.empty(element, &[("value", &ts(moment))]);
    }

    /// `effectiveTime`.
    pub(super) fn effective_time(&mut self, time: &Time) {
        match time {
            Time::Null(flavor) => self.null("effectiveTime", flavor),
            Time::At(value) => self.xml.empty("effectiveTime", &[("value", value)]),
            Time::From(low) => {
                self.xml.open("effectiveTime", &[]);
                self.time_or_unknown("low", low.as_deref());
                self.xml.close("effectiveTime");
            }
            Time::Between(low, high) => {
                self.xml.open("effectiveTime", &[]);
                self.time_or_unknown("low", low.as_deref());
                self.time_or_unknown("high", high.as_deref());
                self.xml.close("effectiveTime");
            }
        }
    }

    pub(super) fn time_or_unknown(&mut self, element: &str, value: Option<&str>) {
        match value {
            Some(value) => self.xml.empty(element, &[("value", value)]),
            None => self.null(element, "UNK"),
        }
    }

    /// `time` of a participant.
    pub(super) fn participant_time(&mut self, time: Option<ParticipantTime>) {
        match time {
            None
            | Some(ParticipantTime::During(Period {
                start: None,
                end: None,
            })) => self.null("time", "UNK"),
            Some(ParticipantTime::At(moment)) => self.moment("time", moment),
            Some(ParticipantTime::During(period)) => {
                self.xml.open("time", &[]);
                for (element, end) in [("low", period.start), ("high", period.end)] {
                    if let Some(end) = end {
                        self.xml.empty(element, &[("value", &ts_when(end))]);
                    }
                }
                self.xml.close("time");
            }
        }
    }

    /// `addr`, one for each address; the same address twice is written once.
    pub(super) fn addresses(&mut self, addresses: &[Address]) {
        for (rank, address) in addresses.iter().enumerate() {
            if !addresses
                .iter()
                .take(rank)
                .any(|earlier| earlier == address)
            {
                self.address(address);
            }
        }
    }

    pub(super) fn address(&mut self, address: &Address) {
        let parts = [
            ("houseNumber", &address.house_number),
            ("streetName", &address.street_name),
            ("streetNameType", &address.street_type),
            ("additionalLocator", &address.additional_locator),
            ("unitID", &address.unit),
            ("postBox", &address.post_box),
            ("postalCode", &address.postal_code),
            ("city", &address.city),
            ("county", &address.county),
            ("state", &address.state),
            ("country", &address.country),
        ];
        let parts: Vec<_> = parts
            .into_iter()
            .filter_map(|(name, text)| Some((name, text.as_deref()?)))
            .chain(
                address
                    .lines
                    .iter()
                    .map(|line| ("streetAddressLine", line.as_str())),
            )
            .collect();
        if parts.is_empty() {
            return self.null("addr", "NAV");
        }
        let usage = address.usage.as_deref().map(|usage| ("use", usage));
        self.xml.open("addr", usage.as_slice());
        for (name, text) in parts {
            self.xml.leaf(name, &[], text);
        }
        self.xml.close("addr");
    }

    /// `telecom`, one for each; the same one twice is written once.
    pub(super) fn telecoms(&mut self, telecoms: &[Telecom]) {
        for (rank, telecom) in telecoms.iter().enumerate() {
            if telecoms.iter().take(rank).any(|earlier| earlier == telecom) {
                continue;
            }
            let value = ("value", telecom.value.as_str());
            match telecom.usage.as_deref() {
                Some(usage) => self.xml.empty("telecom", &[value, ("use", usage)]),
                None => self.xml.empty("telecom", &[value]),
            }
        }
    }

    /// Name of a professional or of a relative.
    pub(super) fn person_name(&mut self, name: &PersonName) {
        self.xml.open("name", &[]);
        let parts = [
            ("prefix", name.prefix.as_deref()),
            ("given", name.given.as_deref()),
            ("family", Some(name.family.as_str())),
            ("suffix", name.suffix.as_deref()),
        ];
        for (part, text) in parts {
            if let Some(text) = text {
                self.xml.leaf(part, &[], text);
            }
        }
        self.xml.close("name");
    }

    /// A structure; `address` of the person order is the reverse of this one.
    pub(super) fn organization(&mut self, element: &str, organization: &'r Organization) {
        self.xml.open(element, &[]);
        self.organization_head(organization);
        self.telecoms(&organization.telecoms);
        self.addresses(&organization.addresses);
        self.sector(organization);
        self.xml.close(element);
    }

    /// Identifier and name of a structure.
    pub(super) fn organization_head(&mut self, organization: &Organization) {
        if let Some(id) = &organization.id {
            self.id("id", STRUCTURE_ROOT, Some(&id.id_nat()));
        }
        if let Some(name) = &organization.name {
            self.xml.leaf("name", &[], name);
        }
    }

    fn sector(&mut self, organization: &'r Organization) {
        const SECTOR: Term = Term {
            code: DEFAULT_SECTOR,
            system: "1.2.250.1.213.1.1.4.9",
        };
        match &organization.sector {
            Some(sector) => self.coded("standardIndustryClassCode", value_sets::SECTOR, sector),
            None => self.term("standardIndustryClassCode", &SECTOR),
        }
    }
}
