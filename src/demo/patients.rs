//! Invented patients, each with a matricule INS of the test authority that nobody bears.

use time::{Date, Month};

use super::{
    communes::{self, Commune},
    dice::Dice,
    names::{self, FullName, Gender},
    region::Region,
    timeline,
};
use crate::{
    identifiers::Ins,
    rcp::{
        Address, Guardian, InsEnvironment, InsKind, InstanceId, PartialDate, Patient, PatientIns,
        PersonName, Relative, RelativeRole, Sex, Telecom,
    },
};

/// Matricules differ for this many patients, then begin again: 100 orders of birth, 120 communes
/// and 12 months.
const DIFFERENT_MATRICULES: u64 = 100 * 120 * 12;

/// Coprime with [`DIFFERENT_MATRICULES`]: it scatters neighbours over communes and months.
const SCATTER: u64 = 48_271;

/// An invented patient.
pub(super) struct Person {
    pub name: FullName,
    pub birth: Date,
    /// Rank of the commune of birth.
    birth_commune: usize,
    /// Order of birth in that commune and month, 900 to 999: real ones hardly reach it.
    birth_order: u64,
    other_given_names: Vec<&'static str>,
    married_name: Option<&'static str>,
    home: Home,
    parent: FullName,
    trusted: Option<(FullName, &'static str)>,
    local_number: Option<u64>,
}

struct Home {
    commune: usize,
    house_number: String,
    street: &'static str,
    phone: String,
}

/// What a patient is made from.
pub(super) struct Origin<'a> {
    pub case_rank: usize,
    /// None when either will do.
    pub gender: Option<Gender>,
    /// Years of age on the day of the diagnosis.
    pub age: i64,
    pub diagnosed_on: Date,
    /// Department of the hospital: most patients live in it.
    pub department: &'a str,
}

impl Person {
    /// A patient of that origin.
    pub(super) fn throw(
        region: &Region<'_>,
        Origin {
            case_rank,
            gender,
            age,
            diagnosed_on,
            department,
        }: Origin<'_>,
        dice: &mut Dice,
    ) -> Self {
        let name = match gender {
            Some(gender) => FullName::of(gender, dice),
            None => FullName::throw(dice),
        };
        let place = case_rank as u64 % DIFFERENT_MATRICULES * SCATTER % DIFFERENT_MATRICULES;
        let month = Month::January.nth_next((place / 12_000) as u8);
        let year = diagnosed_on.year() - i32::try_from(age).unwrap_or(0);
        let day = u8::try_from(dice.between(1, 28)).unwrap_or(1);
        let birth = Date::from_calendar_date(year, month, day).expect("every month has 28 days");
        let is_adult = age >= 18;
        let is_married = is_adult && name.gender == Gender::Female && dice.chance(55);
        let married_name = is_married.then(|| FullName::throw(dice).family);
        Self {
            birth,
            birth_commune: (place / 100 % 120) as usize % region.communes.len(),
            birth_order: 900 + place % 100,
            other_given_names: (0..dice.below(3))
                .map(|_| names::given(name.gender, dice))
                .filter(|given| *given != name.given)
                .collect(),
            married_name,
            home: Home::throw(&region.communes, department, dice),
            parent: FullName {
                family: name.family,
                ..FullName::throw(dice)
            },
            trusted: (is_adult && dice.chance(45)).then(|| trusted(dice)),
            local_number: dice.chance(60).then(|| dice.below(90_000_000) + 10_000_000),
            name,
        }
    }

    /// Number of the department where the patient lives.
    pub(super) fn department<'r>(&self, region: &'r Region<'_>) -> &'r str {
        &region.communes[self.home.commune].department
    }

    /// The patient as a report writes them, known to the hospital of that FINESS number.
    pub(super) fn patient(&self, region: &Region<'_>, finess: &str, met_on: Date) -> Patient {
        let birth_commune = &region.communes[self.birth_commune];
        let is_minor = timeline::age(self.birth, met_on) < 18;
        let given_names = std::iter::once(self.name.given).chain(self.other_given_names.clone());
        Patient {
            ins: Some(PatientIns {
                kind: InsKind::Nir,
                value: self.matricule(&birth_commune.insee),
                environment: InsEnvironment::Test,
            }),
            local_ids: self.local_number.map_or_else(Vec::new, |number| {
                vec![InstanceId {
                    root: format!("2.25.{finess}"),
                    extension: Some(number.to_string()),
                }]
            }),
            birth_family_name: Some(names::ins_trait(self.name.family)),
            birth_given_names: given_names.map(names::ins_trait).collect(),
            first_birth_given_name: Some(names::ins_trait(self.name.given)),
            used_family_name: self.married_name.map(names::ins_trait),
            used_given_name: self.married_name.map(|_| names::ins_trait(self.name.given)),
            sex: match self.name.gender {
                Gender::Female => Sex::F,
                Gender::Male => Sex::M,
            },
            birth_date: PartialDate::day(self.birth),
            birth_place_insee: Some(birth_commune.insee.clone()),
            birth_place_city: Some(birth_commune.name.clone()),
            deceased: None,
            addresses: vec![self.home.address(region)],
            telecoms: vec![telephone(&self.home.phone)],
            guardians: if is_minor {
                vec![Guardian {
                    person: Some(person_name(&self.parent)),
                    organization: None,
                    addresses: vec![self.home.address(region)],
                    telecoms: vec![telephone(&self.home.phone)],
                }]
            } else {
                Vec::new()
            },
        }
    }

    /// Those to be told: a parent of a child, or the person whom an adult trusts.
    pub(super) fn relatives(&self, region: &Region<'_>, met_on: Date) -> Vec<Relative> {
        let relative = |role, kinship: &str, name: &FullName| Relative {
            role,
            kinship: region.coded("JDV_J11-RelationPatient-CISIS", kinship),
            name: person_name(name),
            addresses: Vec::new(),
            telecoms: vec![telephone(&self.home.phone)],
        };
        if timeline::age(self.birth, met_on) < 18 {
            let kinship = match self.parent.gender {
                Gender::Female => "MTH",
                Gender::Male => "FTH",
            };
            return vec![relative(RelativeRole::Emergency, kinship, &self.parent)];
        }
        let trusted = self.trusted.iter();
        trusted
            .map(|(name, kinship)| relative(RelativeRole::Trusted, kinship, name))
            .collect()
    }

    fn matricule(&self, birth_insee: &str) -> String {
        let sex = match self.name.gender {
            Gender::Female => 2,
            Gender::Male => 1,
        };
        let year = self.birth.year() % 100;
        let month = self.birth.month() as u8;
        let nir = format!(
            "{sex}{year:02}{month:02}{birth_insee}{:03}",
            self.birth_order
        );
        let key = Ins::key_of(&nir).expect("thirteen digits");
        format!("{nir}{key:02}")
    }
}

impl Home {
    fn throw(all: &[Commune], department: &str, dice: &mut Dice) -> Self {
        let is_near = dice.chance(85);
        let ranks: Vec<usize> = (0..all.len())
            .filter(|rank| !is_near || all[*rank].department == department)
            .collect();
        let (house_number, street) = communes::street(dice);
        Self {
            commune: *dice.weighted(&ranks, |rank| all[*rank].weight()),
            house_number,
            street,
            phone: names::phone(dice),
        }
    }

    fn address(&self, region: &Region<'_>) -> Address {
        let commune = &region.communes[self.commune];
        address(&self.house_number, self.street, commune, "H")
    }
}

/// An address in its parts. `usage` is `H` (home) or `WP` (work place).
pub(super) fn address(number: &str, street: &str, commune: &Commune, usage: &str) -> Address {
    Address {
        house_number: Some(number.to_owned()),
        street_name: Some(street.to_owned()),
        postal_code: Some(commune.postal_code.clone()),
        city: Some(commune.name.clone()),
        usage: Some(usage.to_owned()),
        ..Address::default()
    }
}

/// `02 61 91 12 34` as a CDA document writes it.
pub(super) fn telephone(national: &str) -> Telecom {
    let digits = national.replace(' ', "");
    Telecom {
        value: format!("tel:+33{}", digits.trim_start_matches('0')),
        usage: None,
    }
}

/// The name of a person who is not a professional.
fn person_name(name: &FullName) -> PersonName {
    PersonName {
        family: name.family.to_owned(),
        given: Some(name.given.to_owned()),
        prefix: Some(name.gender.prefix().to_owned()),
        suffix: None,
    }
}

/// A person of trust and how they are related to the patient.
fn trusted(dice: &mut Dice) -> (FullName, &'static str) {
    let name = FullName::throw(dice);
    let child = match name.gender {
        Gender::Female => "DAUC",
        Gender::Male => "SONC",
    };
    let kinship = *dice.pick(&["SIGOTHR", "SIGOTHR", "DOMPART", child, child, "FRND"]);
    (name, kinship)
}
