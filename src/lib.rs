//! Passerelle: the open interoperability gateway of the French regional cancer networks.

pub mod annuaire;
pub mod api;
pub mod app;
pub mod cda;
pub mod clock;
pub mod config;
pub mod demo;
pub mod directory;
pub mod fhir;
pub mod finding;
pub mod flows;
pub mod governance;
pub mod identifiers;
pub mod ids;
pub mod metrics;
pub mod mssante;
pub mod offer_search;
pub mod outbox;
pub mod rcp;
pub mod rendering;
pub mod sharing;
pub mod storage;
pub mod terminology;
pub mod terminology_service;
pub mod texts;
pub mod web;
