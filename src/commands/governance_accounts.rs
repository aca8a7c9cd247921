//! `passerelle governance account` and `governance decide`: people, and what they decide without the pages.

use clap::Subcommand;
use passerelle::{
    flows::{ActError, Deed, act, close_account, open_account},
    governance::{Act, Grid, Role},
    identifiers::MssanteAddress,
};

use super::governance::opened;
use crate::{CommandResult, Ended, SettingsFile};

/// Subcommands of `governance account`.
#[derive(Subcommand)]
pub enum Account {
    /// Open an account, or change the one of that address
    Open(Open),
    /// Close an account: its sessions and links end
    Close(Close),
    /// List the accounts
    List(List),
}

/// Arguments of `governance account open`.
#[derive(clap::Args)]
pub struct Open {
    #[command(flatten)]
    settings: SettingsFile,
    /// Mailbox of the person
    #[arg(long, value_name = "ADDRESS")]
    mail: MssanteAddress,
    /// Name of the person
    #[arg(long)]
    name: String,
    /// referent, 3c, dac or dsrc
    #[arg(long, value_parser = role)]
    role: Role,
    /// Code of the territory, for a 3c or a dac
    #[arg(long, default_value = "")]
    territory: String,
}

/// Arguments of `governance account close`.
#[derive(clap::Args)]
pub struct Close {
    #[command(flatten)]
    settings: SettingsFile,
    /// Mailbox of the person
    #[arg(long, value_name = "ADDRESS")]
    mail: MssanteAddress,
}

/// Arguments of `governance account list`.
#[derive(clap::Args)]
pub struct List {
    #[command(flatten)]
    settings: SettingsFile,
}

/// Arguments of `governance decide`.
#[derive(clap::Args)]
pub struct Decide {
    #[command(flatten)]
    settings: SettingsFile,
    /// Id of the structure
    structure: String,
    /// Mailbox of the validator who decides
    #[arg(long = "as", value_name = "ADDRESS")]
    validator: MssanteAddress,
    /// Find the eight criteria met
    #[arg(long, conflicts_with_all = ["refuse", "confirm"])]
    validate: bool,
    /// Refuse, and say why
    #[arg(long, value_name = "REASON", conflicts_with = "confirm")]
    refuse: Option<String>,
    /// Say that everything was verified with the structure, and how
    #[arg(long, value_name = "HOW", required_unless_present_any = ["validate", "refuse"])]
    confirm: Option<String>,
}

fn role(text: &str) -> Result<Role, String> {
    match text.parse() {
        Ok(Role::System) | Err(()) => Err("a role is referent, 3c, dac or dsrc".to_owned()),
        Ok(role) => Ok(role),
    }
}

impl Account {
    /// Runs the subcommand.
    pub async fn run(self) -> CommandResult {
        match self {
            Self::Open(open) => {
                let context = opened(&open.settings).await?;
                let id = open_account(&context, &open.mail, &open.name, open.role, &open.territory)
                    .await?;
                context.storage.close().await;
                println!("{id} {}", open.mail);
                Ok(Ended::Done)
            }
            Self::Close(close) => {
                let context = opened(&close.settings).await?;
                let was_open = close_account(&context, &close.mail).await?;
                context.storage.close().await;
                if was_open {
                    return Ok(Ended::Done);
                }
                eprintln!("{}: no account", close.mail);
                Ok(Ended::Refused)
            }
            Self::List(list) => {
                let context = opened(&list.settings).await?;
                for account in context.storage.list_accounts().await? {
                    let closed = if account.closed_at.is_some() {
                        " (closed)"
                    } else {
                        ""
                    };
                    println!(
                        "{:<8} {:<8} {} {}{closed}",
                        account.role.as_str(),
                        account.territory,
                        account.address,
                        account.name
                    );
                }
                context.storage.close().await;
                Ok(Ended::Done)
            }
        }
    }
}

impl Decide {
    /// Runs the command.
    pub async fn run(self) -> CommandResult {
        let context = opened(&self.settings).await?;
        let accounts = context.storage.list_accounts().await?;
        let validator = accounts
            .iter()
            .find(|account| account.address == self.validator && account.closed_at.is_none())
            .ok_or_else(|| format!("{}: no open account", self.validator))?;
        let wanted = match (self.refuse, self.confirm) {
            (Some(reason), _) => Act::Refuse {
                grid: Grid::default(),
                reason,
            },
            (None, Some(note)) => Act::Confirm { note },
            (None, None) => Act::Validate {
                grid: Grid::all_valid(),
            },
        };
        let deed = Deed {
            structure: &self.structure,
            seen: None,
            author: &validator.author(),
            act: wanted,
            application: None,
        };
        let done = act(&context, deed).await;
        context.storage.close().await;
        match done {
            Ok(listing) => {
                println!(
                    "{}: {} ({})",
                    listing.structure,
                    listing.standing.as_str(),
                    listing.review.as_str()
                );
                Ok(Ended::Done)
            }
            Err(ActError::Storage(error)) => Err(error.into()),
            Err(refused) => {
                eprintln!("{}: {refused}", self.structure);
                Ok(Ended::Refused)
            }
        }
    }
}
