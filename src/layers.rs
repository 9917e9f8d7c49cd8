//! Settings in layers: built-in defaults, then a file, then the environment, then flags.

use serde::de::DeserializeOwned;
use std::path::{Path, PathBuf};
use toml::{Table, Value};

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// The file cannot be read.
    #[error("cannot read {path}: {source}. Check the path after --config")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is not TOML.
    #[error("{origin} is not valid TOML: {message}")]
    NotToml {
        /// Where the text came from.
        origin: String,
        /// What is wrong, and where.
        message: String,
    },
    /// A value has the wrong shape.
    #[error("{origin}: {message}")]
    BadValue {
        /// Where the text came from.
        origin: String,
        /// What is wrong.
        message: String,
    },
}

/// Settings, and the names of keys nobody knows, for a warning.
#[derive(Debug)]
pub struct Loaded<T> {
    /// The settings.
    pub settings: T,
    /// Dotted names of unknown keys.
    pub unknown_keys: Vec<String>,
}

/// One text of settings, and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    origin: String,
    text: String,
}

impl Layer {
    /// A text; `origin` is for messages.
    #[must_use]
    pub fn new(origin: impl Into<String>, text: impl Into<String>) -> Self {
        Self { origin: origin.into(), text: text.into() }
    }

    /// What a file says.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path)
            .map_err(|source| SettingsError::Unreadable { path: path.to_owned(), source })?;
        Ok(Self::new(path.display().to_string(), text))
    }

    /// As a table of keys.
    ///
    /// # Errors
    /// When it is not TOML.
    pub fn parse(&self) -> Result<Table, SettingsError> {
        let not_toml = |error: toml::de::Error| SettingsError::NotToml {
            origin: self.origin.clone(),
            message: one_line(&error.to_string()),
        };
        self.text.parse().map_err(not_toml)
    }
}

/// Loads settings of type `T` from defaults, perhaps a file, and the environment.
///
/// # Errors
/// When the file cannot be read, or a value does not fit.
pub fn load<T: DeserializeOwned>(
    defaults: &str,
    file: Option<&Path>,
    environment: &[(String, String)],
) -> Result<Loaded<T>, SettingsError> {
    let file = file.map(Layer::read).transpose()?;
    load_layers(defaults, &file.iter().collect::<Vec<_>>(), environment)
}

/// Loads settings of type `T` from layers, each stronger than the one before.
///
/// `environment` holds pairs such as `("SUARA_SERVER_ADDRESS", "…")`; the name after `SUARA_` is
/// `SECTION_KEY` of a setting that exists in `defaults`; others are left alone.
///
/// # Errors
/// When a value does not fit; the layer that brought it is named.
pub fn load_layers<T: DeserializeOwned>(
    defaults: &str,
    layers: &[&Layer],
    environment: &[(String, String)],
) -> Result<Loaded<T>, SettingsError> {
    let defaults = Layer::new("the built-in settings", defaults);
    let mut table = defaults.parse()?;
    let known = table.clone();
    // What is wrong so far is this layer's; what is wrong afterwards, the next one's.
    let fits = |table: &Table, origin: &str| {
        let value = Value::Table(table.clone());
        T::deserialize(value).map(drop).map_err(|error| SettingsError::BadValue {
            origin: origin.to_owned(),
            message: one_line(&error.to_string()),
        })
    };
    let mut origin = defaults.origin;
    for layer in layers {
        merge(&mut table, layer.parse()?);
        fits(&table, &layer.origin)?;
        origin.clone_from(&layer.origin);
    }
    let used = apply_environment(&mut table, &known, environment);
    if !used.is_empty() {
        origin = format!("the environment ({})", used.join(", "));
    }
    let mut unknown_keys = Vec::new();
    let settings = serde_ignored::deserialize(Value::Table(table), |path| unknown_keys.push(path.to_string()))
        .map_err(|error| SettingsError::BadValue { origin, message: one_line(&error.to_string()) })?;
    Ok(Loaded { settings, unknown_keys })
}

fn merge(base: &mut Table, over: Table) {
    for (key, value) in over {
        match (base.get_mut(&key), value) {
            (Some(Value::Table(inner)), Value::Table(more)) => merge(inner, more),
            (_, value) => {
                base.insert(key, value);
            }
        }
    }
}

/// Puts the environment's values over the others; returns the names that were used.
fn apply_environment(table: &mut Table, known: &Table, environment: &[(String, String)]) -> Vec<String> {
    let mut used = Vec::new();
    for (section, default) in known {
        let Some(default) = default.as_table() else { continue };
        for (key, old) in default {
            let name = format!("SUARA_{section}_{key}").to_uppercase();
            let Some((_, text)) = environment.iter().find(|(n, _)| *n == name) else { continue };
            if let Some(Value::Table(inner)) = table.get_mut(section) {
                inner.insert(key.clone(), like(old, text));
                used.push(name);
            }
        }
    }
    used
}

/// The text as a value of the same kind as the default; if it does not fit, as a string, so that
/// the error names it.
fn like(default: &Value, text: &str) -> Value {
    let string = || Value::String(text.to_owned());
    match default {
        Value::Integer(_) => text.parse().map_or_else(|_| string(), Value::Integer),
        Value::Boolean(_) => text.parse().map_or_else(|_| string(), Value::Boolean),
        Value::Array(_) => Value::Array(text.split(',').map(|item| Value::String(item.trim().to_owned())).collect()),
        _ => string(),
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    struct Settings {
        server: Server,
    }

    #[derive(Debug, Deserialize)]
    struct Server {
        address: String,
        refresh_s: u32,
    }

    const DEFAULTS: &str = "[server]\naddress = \"a\"\nrefresh_s = 60\n";

    fn file(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        file
    }

    #[test]
    fn the_environment_beats_the_file_which_beats_the_defaults() {
        let file = file("[server]\naddress = \"b\"\n");
        let from_file = load::<Settings>(DEFAULTS, Some(file.path()), &[]).unwrap().settings.server;
        assert_eq!((from_file.address.as_str(), from_file.refresh_s), ("b", 60));
        let environment = [("SUARA_SERVER_REFRESH_S".to_owned(), "5".to_owned())];
        let both = load::<Settings>(DEFAULTS, Some(file.path()), &environment).unwrap().settings.server;
        assert_eq!((both.address.as_str(), both.refresh_s), ("b", 5));
    }

    #[test]
    fn each_layer_is_stronger_than_the_one_before_and_answers_for_itself() {
        let (office, own) =
            (Layer::new("the office", "[server]\naddress = \"b\"\n"), |text: &str| Layer::new("the file", text));
        let load = |own: &Layer| load_layers::<Settings>(DEFAULTS, &[&office, own], &[]);
        assert_eq!(load(&own("")).unwrap().settings.server.address, "b");
        let both = load(&own("server.address = \"c\"")).unwrap().settings.server;
        assert_eq!((both.address.as_str(), both.refresh_s), ("c", 60));
        let message = load(&own("server.refresh_s = \"soon\"")).unwrap_err().to_string();
        assert!(message.starts_with("the file: ") && message.contains("soon"), "{message}");
        let office = Layer::new("the office", "server = 5");
        let message = load_layers::<Settings>(DEFAULTS, &[&office, &own("")], &[]).unwrap_err().to_string();
        assert!(message.starts_with("the office: "), "{message}");
    }

    #[test]
    fn unknown_keys_are_named() {
        let file = file("[server]\nadress = \"typo\"\n");
        let loaded = load::<Settings>(DEFAULTS, Some(file.path()), &[]).unwrap();
        assert_eq!(loaded.unknown_keys, ["server.adress"]);
    }

    #[test]
    fn bad_input_is_one_line_that_names_the_place() {
        let bad = file("[server\n");
        let message = load::<Settings>(DEFAULTS, Some(bad.path()), &[]).unwrap_err().to_string();
        assert!(message.contains("not valid TOML") && !message.contains('\n'), "{message}");
        let environment = [("SUARA_SERVER_REFRESH_S".to_owned(), "soon".to_owned())];
        let message = load::<Settings>(DEFAULTS, None, &environment).unwrap_err().to_string();
        assert!(message.starts_with("the environment (SUARA_SERVER_REFRESH_S): "), "{message}");
        let missing = load::<Settings>(DEFAULTS, Some(Path::new("/nowhere/x.toml")), &[]).unwrap_err().to_string();
        assert!(missing.contains("/nowhere/x.toml"), "{missing}");
    }
}
