//! The meeting itself: which network, which board, when, where.

use serde::{Deserialize, Serialize};

use super::{
    coded::{Coded, InstanceId},
    date::Moment,
    organization::Organization,
    people::Professional,
    wire,
};

/// The meeting in which the case was discussed.
///
/// **Source:** ANS, volet CANCER-FRCP 2022.01, `documentationOf` and `componentOf`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Meeting {
    /// National identifier of the regional cancer network.
    pub rrc_id: String,
    /// Its short name.
    pub rrc_name: String,
    /// National identifier of the body that manages the meeting (3C).
    pub manager_id: String,
    /// Its short name.
    pub manager_name: String,
    /// National identifier of the RCP.
    pub rcp_id: String,
    /// Its name.
    pub rcp_name: String,
    /// Identifier of the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Local identifiers of the RCP.
    #[serde(
        default,
        deserialize_with = "wire::list",
        skip_serializing_if = "Vec::is_empty"
    )]
    pub local_ids: Vec<InstanceId>,
    /// When the meeting took place.
    pub date: Moment,
    /// Kind of encounter, of `JDV_J142`; `VR` (patient absent) when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub encounter_type: Option<Coded>,
    /// Where it took place.
    pub facility: Facility,
    /// Who held it; the coordinator when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub performer: Option<Professional>,
    /// Registration of the case for the session.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registration: Option<Registration>,
    /// Topography of the primary tumour; that of the first tumour when not said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub topography: Option<Coded>,
}

/// Where the meeting took place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Facility {
    /// The establishment, with name and address.
    pub organization: Organization,
    /// Kind of establishment, of `JDV_J02`.
    pub facility_type: Coded,
}

/// Registration of the case for the session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Registration {
    /// OID or UUID of the registration.
    pub id: String,
    /// Free comment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}
