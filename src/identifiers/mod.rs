//! National identifiers, each parsed once into a type that can only hold a valid value.

mod adeli;
mod finess;
mod id_nat;
mod ins;
mod luhn;
mod mssante_address;
mod oid;
mod patient_identity;
mod rna;
mod rpps;
mod siren;
mod structure_number;

pub use adeli::{Adeli, InvalidAdeli};
pub use finess::{Finess, FinessEntity, InvalidFiness};
pub use id_nat::{InvalidIdNat, Words, check_professional, check_structure};
pub use ins::{Ins, InsAuthority, InvalidIns};
pub use luhn::luhn_check_digit;
pub use mssante_address::{InvalidMssanteAddress, MssanteAddress, PATIENT_DOMAIN, TrustedDomains};
pub use oid::{InvalidOid, Oid};
pub use patient_identity::{Trait, Traits, begins_given_names, is_birth_spelling, is_insee};
pub use rna::{InvalidRna, Rna};
pub use rpps::{InvalidRpps, Rpps};
pub use siren::{InvalidSiren, InvalidSiret, Siren, Siret};
pub use structure_number::{InvalidStructureNumber, StructureNumber};
