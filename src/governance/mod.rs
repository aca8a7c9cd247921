//! The governance of the directory: who may be listed, who validates, how fresh it stays.
//!
//! A structure applies ([`Application`]), is validated for its territory and then for the region
//! ([`Listing`]), is asked every year to verify what it says ([`Calendar`]), and everything that anybody
//! does is an [`Event`], dated and signed, from which any past day can be told ([`visibility_on`]). The
//! rules are data ([`Rules`], `profiles/governance/`).

mod application;
mod application_check;
mod calendar;
mod criterion;
mod eligibility;
mod event;
mod fhir_capabilities;
mod fhir_questionnaire;
mod fhir_task;
mod history;
mod listing;
mod offer_state;
mod refusal;
mod rules;
mod simulation;

pub use application::{Application, AttachedFile, Changes, OfferEntry, Signature};
pub use application_check::{check_application, number_lacks, register_lacks};
pub use calendar::{Calendar, LATE_DAYS, Step, add_months};
pub use criterion::{Criterion, Grid, Verdict};
pub use eligibility::check_eligibility;
pub use event::{Act, Author, DelistReason, Event, Facts, Person, Role};
pub use fhir_capabilities::governance_capabilities;
pub use fhir_questionnaire::{
    QUESTIONNAIRE, apply_response, questionnaire, questionnaire_response,
};
pub use fhir_task::{act_of_task, provenance, task, task_status};
pub use history::{Visibility, visibility_on};
pub use listing::{Listing, Review, Standing};
pub use offer_state::{Freshness, govern};
pub use refusal::Refusal;
pub use rules::{Body, Framework, KindRule, Listed, Rules, RulesError, Territory};
pub use simulation::{Answering, Foreseen, simulate};
