//! Which version of the volet a document follows.

use crate::{config::Volet, rcp::PrivacyNotice};

/// What a report is written as.
#[derive(Clone, Copy, Debug)]
pub enum Target<'t> {
    /// Volet CANCER-FRCP 2022.01.
    Frcp2022,
    /// Volet CANCER-FRCP 2025.01.
    Frcp2025 {
        /// What patients are told of their data, where the report does not say it.
        notice: &'t PrivacyNotice,
        /// The document as PDF, which people can read; none while that PDF is being made.
        pdf_copy: Option<&'t [u8]>,
    },
}

impl Target<'_> {
    /// The version of the volet.
    #[must_use]
    pub fn volet(self) -> Volet {
        match self {
            Self::Frcp2022 => Volet::Frcp2022,
            Self::Frcp2025 { .. } => Volet::Frcp2025,
        }
    }
}
