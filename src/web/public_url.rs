//! The address under which people reach the pages.

use std::sync::Arc;

/// `https://annuaire.example`, without a slash at its end.
#[derive(Clone, Debug)]
pub struct PublicUrl(pub Arc<str>);
