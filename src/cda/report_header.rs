//! The header, read into the model: which document, of whom.
//!
//! **Source:** HL7 CDA R2; ANS, CI-SIS, *structuration minimale*.

use crate::{
    identifiers::InsAuthority,
    rcp::{
        Confidentiality, Deceased, DocumentIdentity, DocumentStatus, Guardian, InsEnvironment,
        InsKind, InstanceId, Patient, PatientIns, Relative, RelativeRole, Replaced, Sex,
        value_sets,
    },
};

use super::{
    report_reading::{NO_MOMENT, Reader, no_date},
    report_texts::words,
    tree::Element,
};

impl<'t> Reader<'t> {
    /// Identity of the document; its status stands in the body.
    pub(super) fn identity(&mut self) -> DocumentIdentity {
        let root = self.root;
        for form in ["realmCode", "typeId", "code"] {
            self.next(root, form);
        }
        let id = self.next(root, "id").and_then(Self::instance_id);
        let set_id = self.next(root, "setId").and_then(Self::instance_id);
        let version = self.next(root, "versionNumber");
        let version = version.and_then(|version| version.attribute("value")?.trim().parse().ok());
        let created_at = self
            .next(root, "effectiveTime")
            .and_then(|time| self.moment(time));
        let language = self.next(root, "languageCode");
        let no_id = InstanceId {
            root: String::new(),
            extension: None,
        };
        DocumentIdentity {
            id: self.or_unsaid(id, "/document/id", no_id.clone()),
            set_id: self.or_unsaid(set_id, "/document/set_id", no_id),
            version: self.or_unsaid(version, "/document/version", 1),
            replaces: self.replaced(),
            created_at: self.or_unsaid(created_at, "/document/created_at", NO_MOMENT),
            title: self.next(root, "title").and_then(words),
            confidentiality: self.confidentiality(),
            language: language.and_then(|language| Self::attribute(language, "code")),
            status: DocumentStatus::EnCours,
            status_date: no_date(),
            comment: None,
        }
    }

    fn confidentiality(&mut self) -> Confidentiality {
        let Some(code) = self.next(self.root, "confidentialityCode") else {
            return Confidentiality::N;
        };
        match code.attribute("code") {
            Some("N") => Confidentiality::N,
            Some("R") => Confidentiality::R,
            Some("V") => Confidentiality::V,
            _ => {
                // Never less guarded than the document wants.
                self.lost(code);
                Confidentiality::V
            }
        }
    }

    fn replaced(&mut self) -> Option<Replaced> {
        let root = self.root;
        let related = root
            .all("relatedDocument")
            .find(|related| related.attribute("typeCode") == Some("RPLC"))?;
        let parent = related.first("parentDocument")?;
        let id = parent.first("id").and_then(Self::instance_id)?;
        self.note(related);
        self.note(parent);
        self.next(parent, "id");
        let version = self.next(parent, "versionNumber");
        Some(Replaced {
            root: id.root,
            extension: id.extension,
            version: version.and_then(|version| version.attribute("value")?.trim().parse().ok()),
        })
    }

    /// The patient; `recordTarget/patientRole` is there, or the document was refused.
    pub(super) fn patient(&mut self) -> Patient {
        let Some(role) = self.path(self.root, &["recordTarget", "patientRole"]) else {
            return self.nobody();
        };
        let (ins, local_ids) = self.patient_ids(role);
        let addresses = self.addresses(role);
        let telecoms = self.telecoms(role);
        let Some(person) = self.next(role, "patient") else {
            return Patient {
                ins,
                local_ids,
                addresses,
                telecoms,
                ..self.nobody()
            };
        };
        let sex = self.sex(person);
        let birth = self
            .next(person, "birthTime")
            .and_then(|time| self.day(time));
        let place = self.path(person, &["birthplace", "place"]);
        let address = place.and_then(|place| self.next(place, "addr"));
        let mut patient = Patient {
            ins,
            local_ids,
            sex: self.or_unsaid(sex, "/patient/sex", Sex::Unknown),
            birth_date: self.or_unsaid(birth, "/patient/birth_date", no_date()),
            birth_place_insee: address.and_then(|address| self.child_text(address, "county")),
            birth_place_city: address.and_then(|address| self.child_text(address, "city")),
            deceased: self.deceased(person),
            addresses,
            telecoms,
            guardians: self.guardians(person),
            ..nobody()
        };
        if patient.birth_place_city.is_none() {
            patient.birth_place_city = place.and_then(|place| self.child_text(place, "name"));
        }
        self.patient_names(person, &mut patient);
        patient
    }

    fn nobody(&mut self) -> Patient {
        self.unsaid("/patient/sex");
        self.unsaid("/patient/birth_date");
        nobody()
    }

    fn patient_ids(&mut self, role: Element<'t>) -> (Option<PatientIns>, Vec<InstanceId>) {
        let mut ins = None;
        let mut local_ids = Vec::new();
        for element in role.all("id").collect::<Vec<_>>() {
            let Some(id) = Self::instance_id(element) else {
                continue;
            };
            self.note(element);
            let matricule = InsAuthority::from_oid(&id.root).zip(id.extension.clone());
            match matricule {
                Some((authority, value)) if ins.is_none() => {
                    ins = Some(matricule_of(authority, value))
                }
                _ => local_ids.push(id),
            }
        }
        (ins, local_ids)
    }

    fn sex(&mut self, person: Element<'t>) -> Option<Sex> {
        let code = self.next(person, "administrativeGenderCode")?;
        match code.attribute("code") {
            Some("M") => Some(Sex::M),
            Some("F") => Some(Sex::F),
            Some("UN") => Some(Sex::Unknown),
            _ => {
                self.lost(code);
                None
            }
        }
    }

    fn patient_names(&mut self, person: Element<'t>, patient: &mut Patient) {
        let Some(name) = self.next(person, "name") else {
            return;
        };
        for part in name.elements().collect::<Vec<_>>() {
            let field = match (part.name(), part.attribute("qualifier")) {
                ("family", Some("BR")) => &mut patient.birth_family_name,
                ("family", Some("CL") | None) => &mut patient.used_family_name,
                ("given", Some("BR")) => &mut patient.first_birth_given_name,
                ("given", Some("CL")) => &mut patient.used_given_name,
                ("given", None) => {
                    self.note(part);
                    patient.birth_given_names.extend(words(part));
                    continue;
                }
                _ => continue,
            };
            if field.is_none() {
                *field = words(part);
                self.note(part);
            }
        }
        let first = patient.first_birth_given_name.as_deref();
        patient.birth_given_names = patient
            .birth_given_names
            .iter()
            .flat_map(|givens| given_names(givens, first))
            .collect();
    }

    fn deceased(&mut self, person: Element<'t>) -> Option<Deceased> {
        let extension = |name: &str| person.elements().find(|element| element.is_extension(name));
        let (indicator, time) = (extension("deceasedInd"), extension("deceasedTime"));
        let date = time.and_then(|time| self.when(time));
        if let Some(indicator) = indicator {
            self.note(indicator);
        }
        let indicator = indicator.and_then(|indicator| indicator.attribute("value"));
        match (indicator, date) {
            (None, None) => None,
            (said, date) => Some(Deceased {
                indicator: said.map_or(date.is_some(), |said| said == "true" || said == "1"),
                date,
            }),
        }
    }

    fn guardians(&mut self, person: Element<'t>) -> Vec<Guardian> {
        let mut guardians = Vec::new();
        while let Some(guardian) = self.next(person, "guardian") {
            let organization = self.next(guardian, "guardianOrganization");
            guardians.push(Guardian {
                person: self
                    .path(guardian, &["guardianPerson", "name"])
                    .and_then(|name| self.person_name(name)),
                organization: organization.map(|organization| self.organization(organization)),
                addresses: self.addresses(guardian),
                telecoms: self.telecoms(guardian),
            });
        }
        guardians
    }

    /// `informant` of a person close to the patient.
    pub(super) fn relatives(&mut self) -> Vec<Relative> {
        let root = self.root;
        let mut relatives = Vec::new();
        for informant in root.all("informant").collect::<Vec<_>>() {
            let Some(entity) = informant.first("relatedEntity") else {
                continue;
            };
            let role = match entity.attribute("classCode") {
                Some("ECON") => RelativeRole::Emergency,
                Some("NOK") => RelativeRole::Trusted,
                Some("CON") => RelativeRole::Informant,
                Some("CAREGIVER") => RelativeRole::Caregiver,
                Some("PAT") => RelativeRole::HelpedPerson,
                _ => continue,
            };
            let Some(name) = entity
                .path(&["relatedPerson", "name"])
                .and_then(|name| self.person_name(name))
            else {
                continue;
            };
            self.note(informant);
            self.note(entity);
            self.next(entity, "relatedPerson");
            let kinship = self.next(entity, "code");
            relatives.push(Relative {
                role,
                kinship: kinship.and_then(|code| self.coded(code, value_sets::KINSHIP)),
                name,
                addresses: self.addresses(entity),
                telecoms: self.telecoms(entity),
            });
        }
        relatives
    }
}

/// A patient of whom nothing is said.
fn nobody() -> Patient {
    Patient {
        ins: None,
        local_ids: Vec::new(),
        birth_family_name: None,
        birth_given_names: Vec::new(),
        first_birth_given_name: None,
        used_family_name: None,
        used_given_name: None,
        sex: Sex::Unknown,
        birth_date: no_date(),
        birth_place_insee: None,
        birth_place_city: None,
        deceased: None,
        addresses: Vec::new(),
        telecoms: Vec::new(),
        guardians: Vec::new(),
    }
}

fn matricule_of(authority: InsAuthority, value: String) -> PatientIns {
    let (kind, environment) = match authority {
        InsAuthority::Nir => (InsKind::Nir, InsEnvironment::Production),
        InsAuthority::Nia => (InsKind::Nia, InsEnvironment::Production),
        InsAuthority::TestNir => (InsKind::Nir, InsEnvironment::Test),
        InsAuthority::DemonstrationNir => (InsKind::Nir, InsEnvironment::Demonstration),
    };
    PatientIns {
        kind,
        value,
        environment,
    }
}

/// Given names that stand in one text; the first one may be composed.
fn given_names(text: &str, first: Option<&str>) -> Vec<String> {
    let composed = first.filter(|first| {
        text.strip_prefix(first)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
    });
    let rest = composed.map_or(text, |first| text.get(first.len()..).unwrap_or_default());
    composed
        .into_iter()
        .chain(rest.split(' ').filter(|name| !name.is_empty()))
        .map(str::to_owned)
        .collect()
}
