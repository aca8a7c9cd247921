//! What needs real servers and clients: PostgreSQL, Postfix, Dovecot, Chromium, FHIR clients, each started
//! here on a loopback port with a folder of its own. Run by `make test`, which installs them.

#[path = "../it/annuaire.rs"]
mod annuaire;
#[path = "../it/annuaire_changes.rs"]
mod annuaire_changes;
mod archives;
mod authority;
mod axe;
mod browser;
mod chromium;
mod clients;
#[path = "../it/context.rs"]
mod context;
mod database;
#[path = "../it/delivery.rs"]
mod delivery;
#[path = "../it/demonstration.rs"]
mod demonstration;
#[path = "../it/documents.rs"]
mod documents;
#[path = "../faults/mod.rs"]
mod faults;
#[path = "../it/fhir_api.rs"]
mod fhir_api;
mod fhir_clients;
#[path = "../it/fhir_conformance.rs"]
mod fhir_conformance;
#[path = "../it/fhir_context.rs"]
mod fhir_context;
#[path = "../it/fhir_hostile.rs"]
mod fhir_hostile;
#[path = "../it/fhir_metadata.rs"]
mod fhir_metadata;
#[path = "../it/fhir_operations.rs"]
mod fhir_operations;
#[path = "../it/fhir_writes.rs"]
mod fhir_writes;
#[path = "../it/follow_up.rs"]
mod follow_up;
#[path = "../it/governance.rs"]
mod governance;
#[path = "../it/governance_api.rs"]
mod governance_api;
#[path = "../it/import.rs"]
mod import;
#[path = "../it/inbound.rs"]
mod inbound;
#[path = "../it/intake.rs"]
mod intake;
mod journey;
#[path = "../it/ledger.rs"]
mod ledger;
#[path = "../it/lists.rs"]
mod lists;
mod logins;
mod mail_operator;
#[path = "../it/mapping_in_use.rs"]
mod mapping_in_use;
#[path = "../it/national_lists.rs"]
mod national_lists;
#[path = "../it/oppositions.rs"]
mod oppositions;
#[path = "../it/patients.rs"]
mod patients;
mod public_pages;
mod relay;
#[path = "../it/replacement.rs"]
mod replacement;
#[path = "../it/reports.rs"]
mod reports;
#[path = "../it/resources.rs"]
mod resources;
#[path = "../it/search_naive.rs"]
mod search_naive;
#[path = "../it/search_property.rs"]
mod search_property;
#[path = "../it/searches.rs"]
mod searches;
mod secure_mail;
#[path = "../it/service.rs"]
mod service;
#[path = "../it/sink.rs"]
mod sink;
mod soak;
mod space_browser;
#[path = "../it/storage.rs"]
mod storage;
#[path = "../it/upgrade.rs"]
mod upgrade;
#[path = "../it/versions.rs"]
mod versions;
#[path = "../it/writing.rs"]
mod writing;
