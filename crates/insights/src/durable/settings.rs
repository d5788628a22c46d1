//! Settings that are kept beside the events.

use mcp_insights_store::{DocumentName, Storage};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::options::Options;

/// The settings of a durable engine and of its server, as the document [`DocumentName::Settings`] holds them.
///
/// What is not written there has its default. The idle gaps are read when an engine is opened, everything else whenever it
/// changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// Always [`Settings::VERSION`].
    pub version: u32,
    /// Days after which events are dropped; none: never.
    #[serde(default)]
    pub retention_days: Option<u32>,
    /// Minutes of idle time that end a session without a hint.
    #[serde(default = "usual::idle_gap_minutes")]
    pub idle_gap_minutes: u32,
    /// Hours of idle time that end a session with a hint.
    #[serde(default = "usual::hinted_idle_gap_hours")]
    pub hinted_idle_gap_hours: u32,
    /// Whether there are insights at all: where not, a server answers `feature_disabled`.
    #[serde(default = "usual::analytics")]
    pub analytics: bool,
    /// What a server bears.
    #[serde(default)]
    pub limits: Limits,
}

/// What a server bears.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Limits {
    /// Bytes of a request's body, packed and unpacked.
    pub body_bytes: u64,
    /// Requests a second of one key; twice as many may come at once.
    pub requests_per_second: u32,
    /// Requests that are worked on at a time.
    pub concurrency: u32,
    /// Seconds that a request may take.
    pub timeout_seconds: u32,
}

/// Why the document is not read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("settings.json {0}; `mcp-insights settings` shows and changes the settings")]
pub struct SettingsError(String);

mod usual {
    pub(super) const fn idle_gap_minutes() -> u32 {
        30
    }
    pub(super) const fn hinted_idle_gap_hours() -> u32 {
        24
    }
    pub(super) const fn analytics() -> bool {
        true
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes: 16 * 1024 * 1024,
            requests_per_second: 1000,
            concurrency: 256,
            timeout_seconds: 30,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: Self::VERSION,
            retention_days: None,
            idle_gap_minutes: usual::idle_gap_minutes(),
            hinted_idle_gap_hours: usual::hinted_idle_gap_hours(),
            analytics: usual::analytics(),
            limits: Limits::default(),
        }
    }
}

/// The options with which a storage is read: where it has settings, their idle gaps take the place of those given.
pub(super) fn configured(storage: &dyn Storage, options: Options) -> Result<Options, Error> {
    Ok(match storage.read_document(DocumentName::Settings)? {
        Some(settings) => Settings::from_document(Some(&settings))?.apply(options),
        None => options,
    })
}

/// A setting: its name, its bounds, and what it means, for people who change it by name.
struct Setting {
    name: &'static str,
    set: fn(&mut Settings, &str) -> Result<(), String>,
    get: fn(&Settings) -> String,
}

/// A row of the table: a whole number within bounds.
macro_rules! number {
    ($name:literal, $($field:ident).+, $bounds:expr) => {
        Setting {
            name: $name,
            set: |settings, text| {
                settings.$($field).+ = whole(text, $bounds)?;
                Ok(())
            },
            get: |settings| settings.$($field).+.to_string(),
        }
    };
}

const TABLE: &[Setting] = &[
    Setting {
        name: "retention_days",
        set: |settings, text| {
            settings.retention_days =
                if text == "never" { None } else { Some(whole(text, (1, 36_500))?) };
            Ok(())
        },
        get: |settings| {
            settings.retention_days.map_or_else(|| "never".to_owned(), |days| days.to_string())
        },
    },
    number!("idle_gap_minutes", idle_gap_minutes, (1, 10_080)),
    number!("hinted_idle_gap_hours", hinted_idle_gap_hours, (1, 8_760)),
    Setting {
        name: "analytics",
        set: |settings, text| {
            settings.analytics = match text {
                "true" | "on" => true,
                "false" | "off" => false,
                _ => return Err("must be on or off".to_owned()),
            };
            Ok(())
        },
        get: |settings| if settings.analytics { "on" } else { "off" }.to_owned(),
    },
    number!("limits.body_bytes", limits.body_bytes, (1024, 1024 * 1024 * 1024)),
    number!("limits.requests_per_second", limits.requests_per_second, (1, 1_000_000)),
    number!("limits.concurrency", limits.concurrency, (1, 10_000)),
    number!("limits.timeout_seconds", limits.timeout_seconds, (1, 3_600)),
];

/// A whole number within bounds, both included.
fn whole<T: TryFrom<u64>>(text: &str, (least, most): (u64, u64)) -> Result<T, String> {
    text.parse::<u64>()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .and_then(|number| T::try_from(number).ok())
        .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
}

impl Settings {
    /// The version of the document.
    pub const VERSION: u32 = 1;

    /// Reads the document of a storage; the defaults where there is none.
    ///
    /// # Errors
    /// [`Error::Store`] where it cannot be read, [`Error::Settings`] where it is none.
    pub fn read(storage: &dyn Storage) -> Result<Self, Error> {
        let content = storage.read_document(DocumentName::Settings)?;
        Ok(Self::from_document(content.as_deref())?)
    }

    /// Reads the content of the document; the defaults where there is none.
    ///
    /// # Errors
    /// [`SettingsError`] where it is no JSON, has a field that is not known, a value out of bounds, or another version.
    pub fn from_document(content: Option<&[u8]>) -> Result<Self, SettingsError> {
        let Some(content) = content else { return Ok(Self::default()) };
        let settings: Self = serde_json::from_slice(content)
            .map_err(|error| SettingsError(format!("cannot be understood: {error}")))?;
        if settings.version != Self::VERSION {
            let (found, known) = (settings.version, Self::VERSION);
            return Err(SettingsError(format!(
                "has version {found}, and this program reads version {known}"
            )));
        }
        let mut checked = Self::default();
        for setting in TABLE {
            (setting.set)(&mut checked, &(setting.get)(&settings)).map_err(|problem| {
                SettingsError(format!("is wrong: {} {problem}", setting.name))
            })?;
        }
        Ok(settings)
    }

    /// The content of the document.
    #[must_use]
    pub fn to_document(&self) -> Vec<u8> {
        // Numbers and words can always be written.
        let mut content = serde_json::to_vec_pretty(self).unwrap_or_default();
        content.push(b'\n');
        content
    }

    /// The name and value of each setting, as [`Settings::set`] takes them.
    pub fn rows(&self) -> impl Iterator<Item = (&'static str, String)> + '_ {
        TABLE.iter().map(|setting| (setting.name, (setting.get)(self)))
    }

    /// Sets one setting by its name.
    ///
    /// # Errors
    /// What the value must be, or which names there are.
    pub fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let Some(setting) = TABLE.iter().find(|setting| setting.name == name) else {
            let names: Vec<&str> = TABLE.iter().map(|setting| setting.name).collect();
            return Err(format!("there is no setting {name}; there are {}", names.join(", ")));
        };
        (setting.set)(self, value).map_err(|problem| format!("{name} {problem}"))
    }

    /// Options with the idle gaps of these settings.
    fn apply(&self, mut options: Options) -> Options {
        const MINUTE: i64 = 60 * 1_000_000;
        options.sessions.idle_gap_micros = i64::from(self.idle_gap_minutes) * MINUTE;
        options.sessions.hinted_idle_gap_micros =
            i64::from(self.hinted_idle_gap_hours) * 60 * MINUTE;
        options
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_written_has_its_default() {
        assert_eq!(Settings::from_document(None), Ok(Settings::default()));
        assert_eq!(Settings::from_document(Some(br#"{"version":1}"#)), Ok(Settings::default()));
        let partly = Settings::from_document(Some(br#"{"version":1,"limits":{"concurrency":3}}"#));
        let expected = Limits { concurrency: 3, ..Limits::default() };
        assert_eq!(partly.unwrap().limits, expected);
    }

    #[test]
    fn the_defaults_are_those_of_sessions() {
        let options = Options::default();
        let applied = Settings::default().apply(options.clone());
        assert_eq!(applied.sessions, options.sessions);
    }

    #[test]
    fn each_setting_is_set_by_its_name_and_read_again() {
        let rows = [
            ("retention_days", "30", "never"),
            ("retention_days", "never", "30"),
            ("idle_gap_minutes", "5", "30"),
            ("hinted_idle_gap_hours", "2", "24"),
            ("analytics", "off", "on"),
            ("limits.body_bytes", "2048", "16777216"),
            ("limits.requests_per_second", "7", "1000"),
            ("limits.concurrency", "1", "256"),
            ("limits.timeout_seconds", "9", "30"),
        ];
        let mut settings = Settings::default();
        for (name, value, before) in rows {
            let value_of = |settings: &Settings| {
                settings.rows().find(|(row, _)| *row == name).map(|(_, value)| value)
            };
            assert_eq!(value_of(&settings).as_deref(), Some(before), "{name}");
            settings.set(name, value).unwrap();
            assert_eq!(value_of(&settings).as_deref(), Some(value), "{name}");
            let read = Settings::from_document(Some(&settings.to_document())).unwrap();
            assert_eq!(read, settings, "{name}");
        }
        assert!(TABLE.iter().all(|setting| rows.iter().any(|row| row.0 == setting.name)));
    }

    #[test]
    fn what_is_wrong_is_told() {
        let mut settings = Settings::default();
        let rows = [
            ("retention_days", "0", "retention_days must be a whole number from 1 to 36500"),
            ("analytics", "maybe", "analytics must be on or off"),
            (
                "limits.concurrency",
                "-1",
                "limits.concurrency must be a whole number from 1 to 10000",
            ),
        ];
        for (name, value, message) in rows {
            assert_eq!(settings.set(name, value).unwrap_err(), message);
        }
        assert!(
            settings.set("colour", "red").unwrap_err().starts_with("there is no setting colour")
        );
        assert_eq!(settings, Settings::default());
        let documents: [(&[u8], &str); 4] = [
            (b"{", "cannot be understood"),
            (br#"{"version":2}"#, "has version 2"),
            (br#"{"version":1,"colour":"red"}"#, "unknown field `colour`"),
            (br#"{"version":1,"idle_gap_minutes":0}"#, "idle_gap_minutes must be a whole number"),
        ];
        for (content, message) in documents {
            let error = Settings::from_document(Some(content)).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }
}
