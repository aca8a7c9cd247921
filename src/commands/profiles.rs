//! `passerelle profiles`

use std::{fs, path::PathBuf};

use passerelle::{
    fhir::{ConformanceType, capability_statement, own_lists, write_lines},
    governance::governance_capabilities,
    terminology_service::capability_resources,
};
use serde_json::Value;

use crate::{CommandResult, Ended};

/// Address of a server that is none in particular.
const ANY_SERVER: &str = "https://fhir.passerelle.example/sos";

/// Arguments of `profiles`.
#[derive(clap::Args)]
pub struct Profiles {
    /// Folder to write them to, one file a resource
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// What is made of the sources alone: the profiles with their snapshots
    #[arg(long)]
    generated: bool,
}

impl Profiles {
    /// Writes the resources.
    pub fn run(self) -> CommandResult {
        fs::create_dir_all(&self.folder)?;
        let mut count = 0;
        let mut write = |resource: &Value| -> std::io::Result<()> {
            let name = |member: &str| resource[member].as_str().unwrap_or_default();
            let file = format!("{}-{}.json", name("resourceType"), name("id"));
            count += 1;
            fs::write(self.folder.join(file), write_lines(resource))
        };
        ConformanceType::StructureDefinition
            .resources()
            .try_for_each(&mut write)?;
        if !self.generated {
            let version = env!("CARGO_PKG_VERSION");
            let mut others = capability_resources();
            others.extend(governance_capabilities());
            write(&capability_statement(ANY_SERVER, version, others))?;
            let parameters = ConformanceType::SearchParameter.resources();
            parameters
                .chain(ConformanceType::OperationDefinition.resources())
                .chain(own_lists("CodeSystem"))
                .chain(own_lists("ValueSet"))
                .try_for_each(&mut write)?;
        }
        println!("{count} resources written to {}", self.folder.display());
        Ok(Ended::Done)
    }
}
