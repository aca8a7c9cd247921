//! How large the demonstration region is.

use passerelle::demo::Plan;

/// Sizes that `demo` and `demo-data` take alike.
#[derive(clap::Args)]
pub struct PlanArguments {
    /// The same seed gives the same bytes
    #[arg(long, default_value_t = Plan::default().seed)]
    seed: u64,
    /// Structures of the directory
    #[arg(long, value_name = "N", default_value_t = Plan::default().structures)]
    structures: usize,
    /// Offers of the directory
    #[arg(long, value_name = "N", default_value_t = Plan::default().offers)]
    offers: usize,
    /// Attending physicians
    #[arg(long, value_name = "N", default_value_t = Plan::default().physicians)]
    physicians: usize,
    /// Fiches RCP; a region has 92888 of them a year
    #[arg(long, value_name = "N", default_value_t = Plan::default().fiches)]
    reports: usize,
}

impl PlanArguments {
    /// The region of that size.
    pub fn plan(&self) -> Plan {
        Plan {
            seed: self.seed,
            structures: self.structures,
            offers: self.offers,
            physicians: self.physicians,
            fiches: self.reports,
            ..Plan::default()
        }
    }
}
