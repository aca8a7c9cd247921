//! `passerelle governance`: the calendar ahead, a past day, accounts, a decision.

use clap::{Subcommand, ValueEnum};
use passerelle::{
    app::{context, open_storage},
    clock::{Clock, day_in_paris},
    flows::{Ahead, Context, look_ahead, offer_on_day},
    governance::{Answering, Foreseen, Step},
};
use time::{Date, format_description::well_known::Iso8601};

use super::governance_accounts::{Account, Decide};
use crate::{CommandResult, Ended, SettingsFile};

/// Subcommands of `governance`.
#[derive(Subcommand)]
pub enum Governance {
    /// Say who will be asked, reminded and delisted, and when: nothing is changed
    Simulate(Simulate),
    /// Say where each structure stands, or what a past day was like
    Status(Status),
    /// Look after the people who may log in
    #[command(subcommand)]
    Account(Account),
    /// Decide as a validator, from the command line
    Decide(Decide),
}

/// Arguments of `governance simulate`.
#[derive(clap::Args)]
pub struct Simulate {
    #[command(flatten)]
    settings: SettingsFile,
    /// First day; without it, today
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    from: Option<Date>,
    /// Last day
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day)]
    to: Date,
    /// Every referent answers that many days after being asked; without it, nobody answers
    #[arg(long, value_name = "DAYS")]
    answer_after: Option<i64>,
    /// Shape of what is printed
    #[arg(long, value_enum, default_value_t = Shape::Text)]
    format: Shape,
}

/// Shapes of a list.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Shape {
    /// A line each, for people
    Text,
    /// An array of objects
    Json,
    /// A table
    Csv,
}

/// Arguments of `governance status`.
#[derive(clap::Args)]
pub struct Status {
    #[command(flatten)]
    settings: SettingsFile,
    /// Only this offer, with --on
    #[arg(long, value_name = "ID", requires = "on")]
    offer: Option<String>,
    /// The past day that is asked about
    #[arg(long, value_name = "YYYY-MM-DD", value_parser = day, requires = "offer")]
    on: Option<Date>,
}

fn day(text: &str) -> Result<Date, String> {
    Date::parse(text, &Iso8601::DATE).map_err(|_| "a day is written YYYY-MM-DD".to_owned())
}

impl Governance {
    /// Runs the subcommand.
    pub async fn run(self) -> CommandResult {
        match self {
            Self::Simulate(command) => command.run().await,
            Self::Status(command) => command.run().await,
            Self::Account(command) => command.run().await,
            Self::Decide(command) => command.run().await,
        }
    }
}

/// The context of a command that works on the database of the settings.
pub(super) async fn opened(settings: &SettingsFile) -> Result<Context, Box<dyn std::error::Error>> {
    let settings = settings.load()?;
    let storage = open_storage(&settings).await?;
    Ok(context(&settings, storage, Clock::System).await?)
}

impl Simulate {
    async fn run(self) -> CommandResult {
        let context = opened(&self.settings).await?;
        let from = self
            .from
            .unwrap_or_else(|| day_in_paris(context.clock.now()));
        let answering = match self.answer_after {
            Some(days) => Answering::AfterDays(days.max(0)),
            None => Answering::Never,
        };
        let ahead = look_ahead(&context, from, self.to, answering).await?;
        context.storage.close().await;
        match self.format {
            Shape::Text => print_text(&ahead),
            Shape::Json => println!("{}", json(&ahead)),
            Shape::Csv => print_csv(&ahead)?,
        }
        Ok(Ended::Done)
    }
}

/// Day, word, reminder number (0 when it is none), structure id, its name.
fn row<'a>(ahead: &'a Ahead, one: &Foreseen) -> (String, &'static str, u32, &'a str, &'a str) {
    let listing = &ahead.listings[one.rank];
    let (word, number) = match one.step {
        None => ("confirm", 0),
        Some(Step::Remind(number)) => ("remind", number),
        Some(step) => (step.as_str(), 0),
    };
    let name = listing.facts.name.as_str();
    (one.day.to_string(), word, number, &listing.structure, name)
}

fn print_text(ahead: &Ahead) {
    let mut counts = [0_usize; 4];
    for one in &ahead.foreseen {
        let (day, word, number, structure, name) = row(ahead, one);
        let number = if number == 0 {
            String::new()
        } else {
            format!(" {number}")
        };
        println!("{day}  {word:<7}{number:<2}  {structure}  {name}");
        counts[match one.step {
            Some(Step::Ask) => 0,
            Some(Step::Remind(_)) => 1,
            Some(Step::Lapse) => 2,
            None => 3,
        }] += 1;
    }
    println!(
        "{} structures: {} asked, {} reminders, {} delisted, {} confirmations",
        ahead.listings.len(),
        counts[0],
        counts[1],
        counts[2],
        counts[3]
    );
}

fn json(ahead: &Ahead) -> serde_json::Value {
    let line = |one: &Foreseen| {
        let (day, step, number, structure, name) = row(ahead, one);
        let mut line =
            serde_json::json!({"day": day, "step": step, "structure": structure, "name": name});
        if number > 0 {
            line["reminder"] = number.into();
        }
        line
    };
    serde_json::Value::Array(ahead.foreseen.iter().map(line).collect())
}

fn print_csv(ahead: &Ahead) -> Result<(), csv::Error> {
    let mut writer = csv::Writer::from_writer(std::io::stdout().lock());
    writer.write_record(["day", "step", "reminder", "structure", "name"])?;
    for one in &ahead.foreseen {
        let (day, step, number, structure, name) = row(ahead, one);
        let number = if number == 0 {
            String::new()
        } else {
            number.to_string()
        };
        writer.write_record([&day, step, &number, structure, name])?;
    }
    writer.flush()?;
    Ok(())
}

impl Status {
    async fn run(self) -> CommandResult {
        let context = opened(&self.settings).await?;
        let ended = match (&self.offer, self.on) {
            (Some(offer), Some(on)) => told_of_day(&context, offer, on).await?,
            _ => {
                for one in context.storage.list_structures().await? {
                    println!(
                        "{:<22} {:<10} {:<12} verified {:<10}  next {:<10}  {}",
                        one.id,
                        one.standing,
                        one.review,
                        one.verified_on.as_deref().unwrap_or("-"),
                        one.next_step_on.as_deref().unwrap_or("-"),
                        one.name
                    );
                }
                Ended::Done
            }
        };
        context.storage.close().await;
        Ok(ended)
    }
}

async fn told_of_day(
    context: &Context,
    offer: &str,
    on: Date,
) -> Result<Ended, Box<dyn std::error::Error>> {
    let Some(found) = offer_on_day(context, offer, on).await? else {
        println!("{offer}: there never was such an offer");
        return Ok(Ended::Refused);
    };
    let visible = if found.is_visible {
        "visible"
    } else {
        "not visible"
    };
    let seen = &found.visibility;
    println!("{offer} of {}: {visible} on {on}", found.structure);
    match seen.verified_on {
        Some(day) => println!("last verified on {day} by {}", seen.verified_by),
        None => println!("nobody had verified it"),
    }
    println!(
        "the structure was {} ({})",
        seen.listing.standing.as_str(),
        seen.listing.review.as_str()
    );
    Ok(Ended::Done)
}
