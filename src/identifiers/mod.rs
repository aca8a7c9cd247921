//! National identifiers, each parsed once into a type that can only hold a valid value.

mod finess;
mod ins;
mod luhn;
mod mssante_address;
mod oid;
mod rpps;

pub use finess::{Finess, InvalidFiness};
pub use ins::{Ins, InsAuthority, InvalidIns};
pub use luhn::luhn_check_digit;
pub use mssante_address::{InvalidMssanteAddress, MssanteAddress, TrustedDomains};
pub use oid::{InvalidOid, Oid};
pub use rpps::{InvalidRpps, Rpps};
