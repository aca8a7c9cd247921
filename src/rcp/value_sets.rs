//! Names of the national value sets that a report draws from, as the terminology knows them.

/// Apparatus of a meeting by organ.
pub const APPARATUS: &str = "JDV_RCP_Appareil_CISIS";
/// Organs of a meeting by organ.
pub const ORGAN: &str = "JDV_RCP_Organe_CISIS";
/// Treatment or care of a transverse meeting.
pub const CARE: &str = "JDV_TraitementSoins_FRCP_CISIS";
/// Morphology of tumours (CIM-O).
pub const MORPHOLOGY: &str = "JDV_Morphologie_CISIS";
/// Topography of tumours (CIM-10).
pub const TUMOUR: &str = "JDV_Tumeur_CISIS";
/// Side of tumours.
pub const LATERALITY: &str = "JDV_ModificateurTopographique_CISIS";
/// Results of geriatric evaluations.
pub const GERIATRIC_RESULT: &str = "JDV_EvaluationDepressionGeriatriqueResultat_CISIS";
/// Facts on pregnancies.
pub const PREGNANCY: &str = "JDV_ObservationGrossesse_CISIS";
/// Treatments, past and proposed.
pub const TREATMENT: &str = "JDV_TypeTraitement_FRCP_CISIS";
/// Professions and specialities.
pub const SPECIALITY: &str = "JDV_J01-XdsAuthorSpecialty-CISIS";
/// Kinds of establishment.
pub const FACILITY: &str = "JDV_J02-XdsHealthcareFacilityTypeCode-CISIS";
/// Sectors of activity.
pub const SECTOR: &str = "JDV_J04-XdsPracticeSettingCode-CISIS";
/// Kinship.
pub const KINSHIP: &str = "JDV_J11-RelationPatient-CISIS";
/// Functions of authors and participants.
pub const FUNCTION: &str = "JDV_J47-FunctionCode-CISIS";
/// Kinds of encounter.
pub const ENCOUNTER: &str = "JDV_J142-TypeRencontre-CISIS";
