//! `passerelle translate …`

use passerelle::{
    app::lists_in_use,
    clock::Clock,
    finding::Language,
    terminology::{
        CodeSystem, Equivalence, Gap, Match, Question, Standing, Terminology, Translation,
    },
};
use serde_json::{Value, json};
use time::Date;

use super::{
    language::Words,
    mapping_check::{day, tell_lists},
};
use crate::{CommandResult, Ended, SettingsFile};

/// Arguments of `translate`.
#[derive(clap::Args)]
pub struct Translate {
    /// The code, or the word of a region
    code: String,
    /// Vocabulary of the code: a region (`bretagne`), `pivot`, a national list (`R211`), or its URL
    /// or OID
    #[arg(long, value_name = "SYSTEM")]
    from: String,
    /// Vocabulary wanted, named in the same way; without it, all that the code leads to
    #[arg(long, value_name = "SYSTEM")]
    to: Option<String>,
    /// Facet value said beside the code (`PUB-PROCHE`), on which rows may depend; repeatable
    #[arg(long = "with", value_name = "FACET")]
    said: Vec<String>,
    #[command(flatten)]
    settings: SettingsFile,
    /// Day on which a code must be in force to come first, as 2026-11-24; today without it
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<Date>,
    /// How the answer is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Format {
    Text,
    Json,
}

impl Translate {
    /// Prints what the code becomes, with every loss.
    pub async fn run(self) -> CommandResult {
        let words = Words::of_environment();
        let settings = self.settings.load()?;
        let lists = lists_in_use(&settings, &Clock::System).await?;
        tell_lists(&settings, &lists, words);
        let terminology = lists.tables.read()?;
        let day = self.on.unwrap_or_else(|| Clock::System.now().date());
        let source = system(&terminology, &self.from)?;
        let target = match &self.to {
            Some(name) => Some(system(&terminology, name)?.url()),
            None => None,
        };
        let region = source.name().strip_prefix("region-");
        let word = region.and_then(|region| terminology.regional_word(region, &self.code));
        let said: Vec<&str> = self.said.iter().map(String::as_str).collect();
        let answer = terminology.translate(Question {
            system: source.url(),
            code: word.map_or(self.code.as_str(), |word| &word.code),
            target_system: target,
            said: &said,
            day,
        })?;
        match self.format {
            Format::Text => print_text(&answer, &terminology, day, words),
            Format::Json => println!("{:#}", json_of(&answer, day)),
        }
        Ok(if answer.matches.is_empty() {
            Ended::Refused
        } else {
            Ended::Done
        })
    }
}

/// The vocabulary that a person names.
fn system<'t>(terminology: &'t Terminology, name: &str) -> Result<&'t CodeSystem, String> {
    terminology.code_system_called(name).ok_or_else(|| {
        let regions = terminology.regions().join(", ");
        format!("the code system `{name}` is not known here: name a region ({regions}), `pivot`, a national list (R211), its URL or its OID")
    })
}

fn print_text(answer: &Translation<'_>, terminology: &Terminology, day: Date, words: Words) {
    for one in &answer.matches {
        print_match("→", one, terminology, day, words);
    }
    for one in &answer.conditional {
        let needed = one.depends_on.join(", ");
        let when = words.choose("si", "if");
        print_match(
            &format!("→ ({when} {needed})"),
            one,
            terminology,
            day,
            words,
        );
    }
    match &answer.gap {
        Some(Gap::Unmatched { reason }) => {
            println!(
                "{} {reason}",
                words.choose("∅ Rien ne le dit :", "∅ Nothing says it:")
            );
        }
        Some(Gap::NoRow { elsewhere }) if elsewhere.is_empty() => println!(
            "{}",
            words.choose("∅ Aucune ligne n'en parle.", "∅ No row speaks of it.")
        ),
        Some(Gap::NoRow { elsewhere }) => println!(
            "{} {}",
            words.choose(
                "∅ Cette liste ne le dit pas ; voyez :",
                "∅ That list does not say it; see:"
            ),
            elsewhere.join(", ")
        ),
        None => {}
    }
}

fn print_match(arrow: &str, one: &Match<'_>, terminology: &Terminology, day: Date, words: Words) {
    let system = terminology
        .code_system(one.system)
        .map_or(one.system, CodeSystem::name);
    let withdrawn = match one.validity.on(day) {
        Standing::InForce => String::new(),
        Standing::NotYet(from) => format!(" [{} {from}]", words.choose("à partir du", "from")),
        Standing::Ended(Some(on)) => {
            format!(" [{} {on}]", words.choose("retiré le", "withdrawn on"))
        }
        Standing::Ended(None) => words.choose(" [retiré]", " [withdrawn]").to_owned(),
    };
    println!(
        "{arrow} {system} {} {}{withdrawn} — {}",
        one.code,
        one.display,
        meaning(one.equivalence, words)
    );
    for product in one.products {
        let with = words.choose("avec", "with");
        println!(
            "    {with} {} {} {}",
            product.list, product.code, product.display
        );
    }
    let via = one.via.map_or_else(String::new, |via| format!("{via} : "));
    println!("    {via}{} ({})", one.reasons.join(" "), one.map);
}

fn meaning(equivalence: Equivalence, words: Words) -> &'static str {
    let (fr, en) = match equivalence.rank() {
        0 => ("équivalent", "equivalent"),
        1 => ("plus large", "wider"),
        2 => ("plus étroit", "narrower"),
        3 => ("se recoupent", "they overlap"),
        _ => ("sans équivalent", "unmatched"),
    };
    match words.0 {
        Language::French => fr,
        Language::English => en,
    }
}

fn json_of(answer: &Translation<'_>, day: Date) -> Value {
    let one = |one: &Match<'_>| {
        let products: Vec<Value> = one
            .products
            .iter()
            .map(|product| json!({"system": product.system, "code": product.code, "display": product.display}))
            .collect();
        json!({"system": one.system, "code": one.code, "display": one.display,
               "equivalence": one.equivalence.as_str(), "reasons": one.reasons, "map": one.map,
               "via": one.via, "dependsOn": one.depends_on, "products": products,
               "withdrawn": !one.validity.is_in_force(day)})
    };
    let gap = match &answer.gap {
        Some(Gap::Unmatched { reason }) => json!({"kind": "unmatched", "reason": reason}),
        Some(Gap::NoRow { elsewhere }) => json!({"kind": "no-row", "elsewhere": elsewhere}),
        None => Value::Null,
    };
    json!({"matches": answer.matches.iter().map(one).collect::<Vec<_>>(),
           "conditional": answer.conditional.iter().map(one).collect::<Vec<_>>(),
           "gap": gap})
}
