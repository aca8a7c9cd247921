//! Reading the settings from where they are written.

use std::path::{Path, PathBuf};

use figment::{
    Figment,
    error::Kind,
    providers::{Format, Toml},
};

use super::{
    Settings,
    environment::{document_of, variable_of},
};

/// The defaults, commented: the one list of settings.
pub const DEFAULTS: &str = include_str!("default.toml");

/// A setting that cannot be read: which, where, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {reason}; check the path given to --config and its rights", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{}, line {line}: not valid TOML: {reason}", path.display())]
    Syntax {
        /// The file.
        path: PathBuf,
        /// Line, from 1.
        line: usize,
        /// What the parser says.
        reason: String,
    },
    /// No setting has that name.
    #[error("{place}: there is no setting {key:?}{}", hint.as_deref().map(|hint| format!("; did you mean {hint:?}?")).unwrap_or_default())]
    Unknown {
        /// File and line, or the environment variable.
        place: String,
        /// Whole key, as `section.key`.
        key: String,
        /// The nearest setting.
        hint: Option<String>,
    },
    /// The value does not fit.
    #[error("{place}: {key}: {reason}")]
    Value {
        /// File and line, or the environment variable.
        place: String,
        /// Whole key, as `section.key`.
        key: String,
        /// What would fit.
        reason: String,
    },
}

/// Reads the settings: the defaults, then `file` when given, then the environment.
///
/// # Errors
/// [`ConfigError`], the first fault met.
pub fn load(file: Option<&Path>) -> Result<Settings, ConfigError> {
    let text = file.map(read).transpose()?;
    let mut figment = Figment::from(Toml::string(DEFAULTS));
    if let Some(text) = &text {
        figment = figment.merge(Toml::string(text));
    }
    let variables = std::env::vars_os()
        .filter_map(|(name, text)| Some((name.into_string().ok()?, text.into_string().ok()?)));
    figment = figment.merge(Toml::string(&document_of(variables).to_string()));
    let mut settings: Settings = figment
        .extract()
        .map_err(|error| explain(&error, file, text.as_deref()))?;
    if !settings.database.url_file.as_os_str().is_empty() {
        settings.database.url = read(&settings.database.url_file)?.trim().to_owned();
    }
    Ok(settings)
}

fn read(path: &Path) -> Result<String, ConfigError> {
    let unreadable = |reason: String| ConfigError::Unreadable {
        path: path.to_owned(),
        reason,
    };
    let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
    Ok(text)
}

fn explain(error: &figment::Error, file: Option<&Path>, text: Option<&str>) -> ConfigError {
    let path = file.unwrap_or(Path::new("passerelle.toml"));
    if let Some((line, reason)) = text.and_then(syntax_fault) {
        return ConfigError::Syntax {
            path: path.to_owned(),
            line,
            reason,
        };
    }
    let keys: Vec<&str> = error.path.iter().map(String::as_str).collect();
    let (key, unknown) = match &error.kind {
        Kind::UnknownField(name, _) => {
            let mut whole = keys.clone();
            if whole.last() != Some(&name.as_str()) {
                whole.push(name);
            }
            (whole.join("."), true)
        }
        _ => (keys.join("."), false),
    };
    let variable = variable_of(&key);
    let place = if std::env::var_os(&variable).is_some() {
        format!("environment variable {variable}")
    } else {
        let line = text.and_then(|text| line_of(text, &key));
        line.map_or_else(
            || path.display().to_string(),
            |line| format!("{}, line {line}", path.display()),
        )
    };
    if unknown {
        let hint = nearest_setting(&key);
        ConfigError::Unknown { place, key, hint }
    } else {
        ConfigError::Value {
            place,
            key,
            reason: error.kind.to_string(),
        }
    }
}

/// Line and reason of the fault that makes `text` no TOML, if there is one.
fn syntax_fault(text: &str) -> Option<(usize, String)> {
    let error = text.parse::<toml_edit::Document<String>>().err()?;
    let offset = error.span().map_or(0, |span| span.start);
    let line = text
        .bytes()
        .take(offset)
        .filter(|byte| *byte == b'\n')
        .count()
        + 1;
    Some((line, error.message().to_owned()))
}

/// Line of `text` on which the setting `key` stands.
fn line_of(text: &str, key: &str) -> Option<usize> {
    let document = text.parse::<toml_edit::Document<String>>().ok()?;
    let mut table = document.as_table() as &dyn toml_edit::TableLike;
    let mut offset = None;
    for name in key.split('.') {
        let (found, item) = table.get_key_value(name)?;
        offset = found
            .span()
            .or(item.span())
            .map(|span| span.start)
            .or(offset);
        match item.as_table_like() {
            Some(below) => table = below,
            None => break,
        }
    }
    let offset = offset?;
    Some(
        text.bytes()
            .take(offset)
            .filter(|byte| *byte == b'\n')
            .count()
            + 1,
    )
}

/// The setting whose name is nearest to `key`, when one is near enough to be meant.
fn nearest_setting(key: &str) -> Option<String> {
    let document = DEFAULTS.parse::<toml_edit::DocumentMut>().ok()?;
    let mut names = Vec::new();
    collect_names(document.as_table(), "", &mut names);
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&name, key), name))
        .filter(|(distance, _)| *distance <= 4)
        .min()
        .map(|(_, name)| name)
}

fn collect_names(table: &dyn toml_edit::TableLike, prefix: &str, names: &mut Vec<String>) {
    for (key, item) in table.iter() {
        let name = if prefix.is_empty() {
            key.to_owned()
        } else {
            format!("{prefix}.{key}")
        };
        match item.as_table_like() {
            Some(below) => collect_names(below, &name, names),
            None => names.push(name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load_text(text: &str) -> Result<Settings, ConfigError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("passerelle.toml");
        std::fs::write(&path, text).expect("written");
        load(Some(&path))
    }

    #[test]
    fn the_defaults_are_whole_and_listen_on_loopback() {
        let settings = load(None).expect("the defaults fit");
        assert!(settings.server.listen.ip().is_loopback());
    }

    #[test]
    fn a_file_overrides_what_it_names_and_nothing_else() {
        let settings = load_text("[server]\nlisten = \"127.0.0.1:9\"\n").expect("it fits");
        assert_eq!(settings.server.listen.port(), 9);
        assert_eq!(settings.database.max_connections, 8);
    }

    #[test]
    fn an_unknown_key_is_told_with_its_line_and_the_nearest_one() {
        let error = load_text("\n[server]\nlisten = \"127.0.0.1:9\"\nmax_body_byte = 3\n")
            .expect_err("refused");
        let text = error.to_string();
        assert!(text.contains("line 4"), "{text}");
        assert!(text.contains("server.max_body_bytes"), "{text}");
    }

    #[test]
    fn an_unknown_section_is_told_with_its_line() {
        let error = load_text("[database]\nurl = \"sqlite://x\"\n\n[serveur]\nlisten = \"x\"\n")
            .expect_err("refused");
        assert!(error.to_string().contains("line 4"), "{error}");
    }

    #[test]
    fn a_wrong_value_is_told_with_its_line() {
        let error = load_text("[server]\nlisten = \"nowhere\"\n").expect_err("refused");
        assert!(
            matches!(&error, ConfigError::Value { key, .. } if key == "server.listen"),
            "{error:?}"
        );
        assert!(error.to_string().contains("line 2"), "{error}");
    }

    #[test]
    fn what_is_not_toml_is_told_with_its_line() {
        let error = load_text("[server]\n\nlisten = \n").expect_err("refused");
        assert!(
            matches!(error, ConfigError::Syntax { line: 3, .. }),
            "{error:?}"
        );
    }

    #[test]
    fn a_missing_file_is_named() {
        let error = load(Some(Path::new("/nowhere/passerelle.toml"))).expect_err("refused");
        assert!(
            error.to_string().contains("/nowhere/passerelle.toml"),
            "{error}"
        );
    }

    #[test]
    fn a_password_in_the_url_is_never_printed() {
        let settings =
            load_text("[database]\nurl = \"postgres://me:secret@host/db\"\n").expect("it fits");
        assert!(!format!("{settings:?}").contains("secret"));
        assert!(
            settings
                .database
                .url_without_password()
                .contains("me:***@host/db")
        );
    }
}
