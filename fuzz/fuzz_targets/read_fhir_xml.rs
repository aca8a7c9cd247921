//! Any bytes as a FHIR resource in XML: refused, or the same when written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use passerelle::fhir::{read_xml, write_xml};

fuzz_target!(|bytes: &[u8]| {
    let Ok(resource) = read_xml(bytes) else {
        return;
    };
    let written = write_xml(&resource, false);
    assert_eq!(read_xml(written.as_bytes()).as_ref(), Ok(&resource), "{written}");
});
