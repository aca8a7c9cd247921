//! The files of `mappings/`, built into the program.

/// Path below `mappings/` and content of each file, in the order of their paths.
pub(super) const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/mappings.rs"));
