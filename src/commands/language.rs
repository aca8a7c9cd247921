//! The language of what the command line says to people: French, or English when the locale asks.

use passerelle::finding::Language;

/// The language of the person at the terminal.
#[derive(Clone, Copy)]
pub struct Words(pub Language);

impl Words {
    /// As `LC_ALL`, `LC_MESSAGES` or `LANG` say, the first one that is set; French by default.
    pub fn of_environment() -> Self {
        let locale = ["LC_ALL", "LC_MESSAGES", "LANG"]
            .into_iter()
            .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()));
        Self(match locale {
            Some(locale) if locale.starts_with("en") => Language::English,
            Some(_) | None => Language::French,
        })
    }

    /// The text in that language.
    pub fn choose<'a>(self, fr: &'a str, en: &'a str) -> &'a str {
        match self.0 {
            Language::French => fr,
            Language::English => en,
        }
    }
}

/// Prints a line in the language of the person: the French text, the English one, their values.
macro_rules! say {
    ($words:expr, $fr:literal, $en:literal $(, $value:expr)* $(,)?) => {
        match $words.0 {
            passerelle::finding::Language::French => println!($fr $(, $value)*),
            passerelle::finding::Language::English => println!($en $(, $value)*),
        }
    };
}
pub(crate) use say;
