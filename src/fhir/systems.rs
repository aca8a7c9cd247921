//! Names of the code systems, profiles and extensions that our resources use: each stands here once.
//!
//! **Source:** ANS, guide "Répertoire de l'offre et des ressources en santé" 0.7.0 (`ans.fhir.fr.ror`),
//! and the nomenclatures (NOS) that it binds.

use crate::terminology::sos;

/// An extension or profile of the ROR guide.
macro_rules! ror {
    ($id:literal) => {
        concat!(
            "https://interop.esante.gouv.fr/ig/fhir/ror/StructureDefinition/",
            $id
        )
    };
}

/// A code system of the national nomenclatures, by its number and name.
macro_rules! tre {
    ($name:literal) => {
        concat!(
            "https://mos.esante.gouv.fr/NOS/TRE_",
            $name,
            "/FHIR/TRE-",
            $name
        )
    };
}

pub use crate::terminology::{REGIONAL_VOCABULARY, SOS_BASE, SOS_PIVOT};

/// Numbers that a network gives to its offers.
pub const SOS_OFFER_NUMBER: &str = sos!("/identifier/offre");
/// Profile of an SOS offer, above the one of the ROR.
pub const SOS_HEALTHCARE_SERVICE: &str = sos!("/StructureDefinition/sos-healthcareservice");
/// Extension: for whom.
pub const SOS_AUDIENCE: &str = sos!("/StructureDefinition/sos-audience");
/// Extension: age group.
pub const SOS_AGE_GROUP: &str = sos!("/StructureDefinition/sos-age-group");
/// Extension: where the care is given.
pub const SOS_PLACE: &str = sos!("/StructureDefinition/sos-place");
/// Extension: when in the pathway.
pub const SOS_PHASE: &str = sos!("/StructureDefinition/sos-phase");
/// Extension: how one gets in.
pub const SOS_ACCESS: &str = sos!("/StructureDefinition/sos-access");
/// Extension: specific pathway.
pub const SOS_PATHWAY: &str = sos!("/StructureDefinition/sos-pathway");
/// Extension: what it costs.
pub const SOS_COST: &str = sos!("/StructureDefinition/sos-cost");
/// Extension: kind of structure, in the pivot vocabulary.
pub const SOS_STRUCTURE_TYPE: &str = sos!("/StructureDefinition/sos-structure-type");
/// The extensions of an offer that hold a coding of the pivot each, and may be repeated.
pub const SOS_FACETS: [&str; 6] = [
    SOS_AUDIENCE,
    SOS_AGE_GROUP,
    SOS_PLACE,
    SOS_PHASE,
    SOS_ACCESS,
    SOS_PATHWAY,
];
/// Extension: the region's own words, untouched.
pub const REGIONAL_LABEL: &str = sos!("/StructureDefinition/regional-label");
/// Extension: the number of the network, when `identifier` holds the national one.
pub const REGIONAL_IDENTIFIER: &str = sos!("/StructureDefinition/regional-identifier");
/// Extension: state, verification and review of an offer.
pub const SOS_GOVERNANCE: &str = sos!("/StructureDefinition/sos-governance");
/// Code system: where a structure stands in the directory, standing and review.
pub const SOS_GOVERNANCE_STATE: &str = sos!("/CodeSystem/listing-state");
/// Code system: the eight criteria of an application.
pub const SOS_GOVERNANCE_CRITERION: &str = sos!("/CodeSystem/listing-criterion");
/// Code system of the tag that says that something was taken out.
pub const OBSERVATION_VALUE: &str = "http://terminology.hl7.org/CodeSystem/v3-ObservationValue";
/// Base of the extensions and profiles of the ROR.
pub const ROR_BASE: &str = ror!("");
/// Extension of a text: its translation.
pub const TRANSLATION: &str = "http://hl7.org/fhir/StructureDefinition/translation";
/// Extension of an element or rule of a profile: what comes from elsewhere may break it.
pub const TOLERATED_ON_IMPORT: &str = sos!("/StructureDefinition/tolerated-on-import");
/// Extension of a search parameter: what the index makes of the values.
pub const SEARCH_DERIVATION: &str = sos!("/StructureDefinition/search-derivation");
/// Extension: what the way to the national codes loses.
pub const MAPPING_LOSS: &str = sos!("/StructureDefinition/mapping-loss");

/// Profile of a document shared as the guide `PDSm` 3.1.1 says.
pub const PDSM_DOCUMENT_REFERENCE: &str = "https://interop.esante.gouv.fr/ig/fhir/pdsm/StructureDefinition/pdsm-comprehensive-document-reference";

/// Profile of an offer.
pub const ROR_HEALTHCARE_SERVICE: &str = ror!("ror-healthcareservice");
/// Profile of a structure.
pub const ROR_ORGANIZATION: &str = ror!("ror-organization");
/// Profile of a place.
pub const ROR_LOCATION: &str = ror!("ror-location");
/// Extension: when the record was made.
pub const ROR_CREATION_DATE: &str = ror!("ror-meta-creation-date");
/// Extension: a unit whose very existence is sensitive.
pub const ROR_SENSITIVE_UNIT: &str = ror!("ror-healthcareservice-sensitive-unit");
/// Extension: publics and age range.
pub const ROR_PATIENT_TYPE: &str = ror!("ror-healthcareservice-patient-type");
/// Extension: contact of an offer.
pub const ROR_CONTACT: &str = ror!("ror-healthcareservice-contact");
/// Extension: telecom of such a contact.
pub const ROR_CONTACT_TELECOM: &str = ror!("ror-healthcareservice-contact-telecom");
/// Extension: confidentiality level of a contact of an offer.
pub const ROR_CONFIDENTIALITY_LEVEL: &str = ror!("ror-confidentiality-level");
/// Extension: confidentiality level of a contact of a structure.
pub const ROR_CONTACT_CONFIDENTIALITY_LEVEL: &str = ror!("ror-contact-confidentiality-level");
/// Extension: confidentiality level of a telecom.
pub const ROR_TELECOM_CONFIDENTIALITY_LEVEL: &str = ror!("ror-telecom-confidentiality-level");
/// Extension: channel of a telecom.
pub const ROR_TELECOM_CHANNEL: &str = ror!("ror-telecom-communication-channel");
/// Extension of a contact: function of who answers.
pub const ROR_CONTACT_FUNCTION: &str = ror!("ror-contact-function-contact");
/// Extension of opening hours: number of the day, 1 is Monday.
pub const ROR_WEEKDAY: &str = ror!("ror-available-time-number-days-of-week");
/// Extension: communes served.
pub const ROR_TERRITORIAL_DIVISION: &str = ror!("ror-territorial-division");
/// Extension: INSEE code of the commune of a place.
pub const ROR_COMMUNE_COG: &str = ror!("ror-commune-cog");
/// Extension: which kind of act a characteristic is.
pub const ROR_ACT_TYPE: &str = ror!("ror-act-type");
/// Extension: whether coordinates can be trusted.
pub const ROR_COORDINATE_RELIABILITY: &str = ror!("ror-coordinate-reliability");
/// Extension of an address: INSEE code of the commune.
pub const FR_INSEE_CODE: &str =
    "http://interopsante.org/fhir/StructureDefinition/FrAddressInseeCode";

/// Regions.
pub const REGION: &str = tre!("R30-RegionOM");
/// Communes.
pub const COMMUNE: &str = tre!("R13-Commune");
/// Fields of activity.
pub const FIELD: &str = tre!("R227-ChampActivite");
/// Operational activities.
pub const ACTIVITY: &str = tre!("R211-ActiviteOperationnelle");
/// Modes of care.
pub const CARE_MODE: &str = tre!("R213-ModePriseEnCharge");
/// Specific acts.
pub const ACT: &str = tre!("R210-ActeSpecifique");
/// Publics.
pub const PUBLIC: &str = tre!("R239-PublicPrisEnCharge");
/// Units of measure.
pub const UNIT: &str = tre!("R247-UcumUniteMesure");
/// Natures of a contact.
pub const CONTACT_NATURE: &str = tre!("R287-NatureContact");
/// Confidentiality levels.
pub const CONFIDENTIALITY: &str = tre!("R283-NiveauConfidentialite");
/// Channels of communication.
pub const CHANNEL: &str = tre!("R200-CanalCommunication");
/// Modalities of reception.
pub const MODALITY: &str = tre!("R338-ModaliteAccueil");
/// Categories of establishment.
pub const ESTABLISHMENT: &str = tre!("R66-CategorieEtablissement");
/// Legal status of a legal entity.
pub const LEGAL_STATUS: &str = tre!("R72-FinessStatutJuridique");
/// Groups of legal statuses.
pub const LEGAL_STATUS_GROUP: &str = tre!("R69-FinessAgregatStatutJuridiqueNiv2");
/// Sectors of activity, which stand for the category of some sites.
pub const ACTIVITY_SECTOR: &str = tre!("R02-SecteurActivite");
/// Kinds of internal units.
pub const UNIT_TYPE: &str = tre!("R207-TypeOrganisationInterne");
/// Types of identifier of a structure.
pub const STRUCTURE_IDENTIFIER_TYPE: &str = tre!("G07-TypeIdentifiantStructure");
/// Types of identifier of an offer.
pub const OFFER_IDENTIFIER_TYPE: &str = tre!("R355-TypeIdentifiantOffre");
/// Types of identifier of a place.
pub const PLACE_IDENTIFIER_TYPE: &str = tre!("R354-TypeIdentifiantRessourceOperationnelle");

/// Identifier system of the numbers of associations (RNA): no national system names one.
pub const RNA: &str = sos!("/identifier/rna");
/// Identifier system of FINESS numbers.
pub const FINESS: &str = "https://finess.esante.gouv.fr";
/// Identifier system of `idNat_Struct`, a type digit and a number.
pub const ID_NAT_STRUCT: &str = "urn:oid:1.2.250.1.71.4.2.2";
/// Identifier system of `idNat_PS`, a type digit and a number.
pub const ID_NAT_PS: &str = "urn:oid:1.2.250.1.71.4.2.1";
/// Identifier system of RPPS numbers.
pub const RPPS: &str = "https://rpps.esante.gouv.fr";
/// Identifier system of SIREN and SIRET numbers.
pub const SIRENE: &str = "https://sirene.fr";
