//! What needs no server: the journeys through public interfaces, on SQLite in a folder of their own.

mod annuaire;
mod architecture;
mod command_line;
mod conformance;
mod context;
mod database;
mod delivery;
mod demonstration;
mod documents;
mod fhir_api;
mod follow_up;
mod import;
mod inbound;
mod intake;
mod ledger;
mod national_lists;
mod pages;
mod replacement;
mod reports;
mod resources;
mod service;
mod storage;
mod terminology;
mod upgrade;
mod versions;
mod writing;
