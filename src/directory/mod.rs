//! The directory of supportive-care offers: the form that a network fills in, and what it becomes.

mod age_range;
mod mapping_loss;
mod offer;
mod offer_card;
mod offer_codes;
mod offer_contact;
mod offer_form;
mod offer_form_csv;
mod offer_form_of;
mod offer_mapping;
mod offer_reading;
mod offer_reading_contact;
mod offer_realignment;
mod offer_sheet;
mod offer_writing;
mod pivot_label;
mod register_divergence;
mod register_form;
mod round_trip;

pub use mapping_loss::MappingLoss;
pub use offer::{OfferResources, OfferRules, offer_resources};
pub use offer_card::{OfferCard, Verification, public_phones, public_websites, verification};
pub use offer_codes::codes_of_every_offer;
pub use offer_contact::OfferContact;
pub use offer_form::{Column, OfferForm};
pub use offer_form_csv::{
    OfferFormReader, OfferFormRow, REASON_COLUMN, write_header, write_offer_form,
};
pub use offer_form_of::offer_form_of;
pub use offer_mapping::{Mapped, has_pivot, map_offer};
pub use offer_realignment::realign_offer;
pub use offer_sheet::{Mailbox, OfferSheet, OpeningHours};
pub use pivot_label::pivot_label;
pub use register_divergence::{Divergence, divergences};
pub use register_form::{keep_ours, register_form};
pub use round_trip::{RoundTrip, round_trip};
