//! The demonstration region as files: the only part of the generator that writes.

use std::{
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::Path,
};

use serde_json::Value;

use super::{plan::Plan, region::Region};
use crate::{
    directory::{write_header, write_offer_form},
    terminology::Terminology,
};

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Rows of `offers.csv`.
    pub offers: usize,
    /// Lines of `physicians.ndjson`.
    pub physicians: usize,
    /// Lines of `annuaire.ndjson`.
    pub annuaire: usize,
    /// Files of `fiches/`.
    pub fiches: usize,
}

/// Writes the region of `plan` into the folder `dir`, which is made when it is not there:
/// `offers.csv`, `physicians.ndjson`, `annuaire.ndjson` (what the national directory answers), and one `fiches/NNNNNN.json` for each report, numbered from
/// one. Files of an earlier region are written over, not removed.
///
/// # Errors
/// Whatever the file system refuses.
pub fn write(plan: Plan, dir: &Path) -> io::Result<Summary> {
    let terminology = Terminology::embedded();
    let region = Region::generate(plan, &terminology);
    fs::create_dir_all(dir)?;
    Ok(Summary {
        offers: write_offers(&region, &dir.join("offers.csv"))?,
        physicians: write_lines(region.practitioners(), &dir.join("physicians.ndjson"))?,
        annuaire: write_lines(region.annuaire(), &dir.join("annuaire.ndjson"))?,
        fiches: write_fiches(&region, &dir.join("fiches"))?,
    })
}

fn write_offers(region: &Region<'_>, path: &Path) -> io::Result<usize> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut row = Vec::new();
    write_header(&mut row)?;
    let mut count = 0;
    for offer in region.offers() {
        write_offer_form(&mut row, &offer)?;
        file.write_all(&row)?;
        row.clear();
        count += 1;
    }
    file.write_all(&row)?;
    file.flush()?;
    Ok(count)
}

fn write_lines(resources: impl Iterator<Item = Value>, path: &Path) -> io::Result<usize> {
    let mut file = BufWriter::new(File::create(path)?);
    let mut count = 0;
    for resource in resources {
        serde_json::to_writer(&mut file, &resource)?;
        file.write_all(b"\n")?;
        count += 1;
    }
    file.flush()?;
    Ok(count)
}

fn write_fiches(region: &Region<'_>, dir: &Path) -> io::Result<usize> {
    fs::create_dir_all(dir)?;
    let mut count = 0;
    for report in region.reports() {
        count += 1;
        let mut file = BufWriter::new(File::create(dir.join(format!("{count:06}.json")))?);
        serde_json::to_writer_pretty(&mut file, &report)?;
        file.write_all(b"\n")?;
        file.flush()?;
    }
    Ok(count)
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
