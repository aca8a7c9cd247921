//! What needs no server: the journeys through public interfaces, on SQLite in a folder of their own.

mod architecture;
mod context;
mod database;
mod fhir_api;
mod import;
mod resources;
mod storage;
