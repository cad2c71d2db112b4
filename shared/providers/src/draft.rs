//! Turning the fields of an integration into typed settings, with a pointer to every field that is wrong.

use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use serde_path_to_error::{Path, Segment};
use transfer_domain::Integration;
use transfer_domain::strict::Strict;

use crate::{FieldFault, IntegrationDraft, Unreadable};

const MAX_CREDENTIAL_BYTES: usize = 8 * 1024;

/// Collects the faults of a draft.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    /// Notes that a setting breaks a rule.
    pub fn setting(&mut self, name: &str, rule: impl Into<String>) {
        self.push(format!("/settings/{}", escaped(name)), rule.into());
    }

    /// Notes that a credential breaks a rule.
    pub fn credential(&mut self, name: &str, rule: impl Into<String>) {
        self.push(format!("/credentials/{}", escaped(name)), rule.into());
    }

    /// Asks for a text setting to be there and of a bearable length, without control characters.
    pub fn require_setting(&mut self, name: &str, value: &str, max: usize) {
        if value.is_empty() {
            self.setting(name, "is required");
        } else if value.chars().count() > max || value.chars().any(char::is_control) {
            self.setting(name, format!("must be 1 to {max} characters without control characters"));
        }
    }

    /// Asks for a number of seconds within bounds.
    pub fn require_seconds(&mut self, name: &str, value: u32, min: u32, max: u32) {
        if !(min..=max).contains(&value) {
            self.setting(name, format!("must be {min} to {max}"));
        }
    }

    /// Asks for the credentials in `required`, and refuses those that are in neither list.
    pub fn require_credentials(&mut self, draft: &IntegrationDraft, required: &[&str], optional: &[&str]) {
        for name in required {
            if !draft.credentials.contains_key(*name) {
                self.credential(name, "is required");
            }
        }
        for (name, secret) in &draft.credentials {
            let text = secret.expose_secret();
            if !required.contains(&name.as_str()) && !optional.contains(&name.as_str()) {
                self.credential(name, "is not a field of this provider");
            } else if text.is_empty() || text.len() > MAX_CREDENTIAL_BYTES || has_control_characters(name, text) {
                self.credential(name, format!("must be 1 to {MAX_CREDENTIAL_BYTES} bytes without control characters"));
            }
        }
    }

    /// The value, if nothing was wrong.
    pub fn or<T>(self, value: T) -> Result<T, Vec<FieldFault>> {
        if self.0.is_empty() { Ok(value) } else { Err(self.0) }
    }

    /// One fault a field is enough: the first is the cause of the others.
    fn push(&mut self, pointer: String, rule: String) {
        if !self.0.iter().any(|fault| fault.pointer == pointer) {
            self.0.push(FieldFault { pointer, rule });
        }
    }
}

/// A key in PEM form has lines, nothing else has.
fn has_control_characters(name: &str, text: &str) -> bool {
    let lines = name.ends_with("Pem");
    text.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\r')))
}

/// Reads all settings that can be read, and notes a fault for each that cannot.
pub fn decode<T: DeserializeOwned + Default>(settings: &Map<String, Value>, faults: &mut Faults) -> T {
    let mut rest = settings.clone();
    loop {
        let error = match serde_path_to_error::deserialize::<_, T>(Strict(Value::Object(rest.clone()))) {
            Ok(typed) => return typed,
            Err(error) => error,
        };
        faults.push(pointer_of(error.path()), error.inner().to_string());
        let field = error.path().iter().next().map(segment_text);
        if field.and_then(|field| rest.remove(&field)).is_none() {
            return T::default();
        }
    }
}

/// Typed settings with every default as a JSON object.
pub fn encode<T: Serialize>(settings: &T) -> Map<String, Value> {
    match serde_json::to_value(settings) {
        Ok(Value::Object(map)) => map,
        Ok(_) | Err(_) => Map::new(),
    }
}

/// The settings of a stored integration.
pub fn stored<T: DeserializeOwned>(integration: &Integration) -> Result<T, Unreadable> {
    serde_path_to_error::deserialize(Value::Object(integration.settings.clone()))
        .map_err(|error| Unreadable { pointer: format!("/settings/{}", error.path()) })
}

fn pointer_of(path: &Path) -> String {
    let segments = path.iter().map(|segment| format!("/{}", escaped(&segment_text(segment))));
    std::iter::once("/settings".to_owned()).chain(segments).collect()
}

fn segment_text(segment: &Segment) -> String {
    match segment {
        Segment::Seq { index } => index.to_string(),
        Segment::Map { key } => key.clone(),
        Segment::Enum { variant } => variant.clone(),
        Segment::Unknown => String::new(),
    }
}

/// RFC 6901, section 3.
fn escaped(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::json;

    use super::*;

    #[derive(Debug, Default, Deserialize, PartialEq)]
    #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
    struct Sample {
        size: u32,
        codes: Vec<u16>,
        name: String,
    }

    #[test]
    fn every_wrong_field_is_named_and_the_right_ones_are_read() {
        let Value::Object(settings) = json!({ "size": -1, "codes": [200, "x"], "name": "n", "a/b": 1, "other": null })
        else {
            unreachable!()
        };
        let mut faults = Faults::default();
        let sample: Sample = decode(&settings, &mut faults);
        let mut pointers: Vec<_> = faults.0.iter().map(|fault| fault.pointer.as_str()).collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/settings/a~1b", "/settings/codes/1", "/settings/other", "/settings/size"]);
        assert_eq!(sample.name, "n");
    }

    #[test]
    fn what_does_not_fit_is_told_without_types_and_values() {
        let settings = json!({ "size": "s3cret", "codes": [{}], "name": ["s3cret"] });
        let mut faults = Faults::default();
        let _: Sample = decode(settings.as_object().unwrap(), &mut faults);
        let mut told: Vec<_> = faults.0.iter().map(|fault| format!("{} {}", fault.pointer, fault.rule)).collect();
        told.sort_unstable();
        assert_eq!(
            told,
            [
                "/settings/codes/0 must be a whole number of 0 to 65535",
                "/settings/name must be a text",
                "/settings/size must be a whole number of 0 to 4294967295",
            ]
        );
    }

    #[test]
    fn credentials_are_required_known_and_never_shown() {
        let draft = IntegrationDraft {
            settings: Map::new(),
            credentials: [("clientId", "id"), ("colour", "blue"), ("token", "")]
                .map(|(name, value)| (name.to_owned(), value.into()))
                .into(),
        };
        let mut faults = Faults::default();
        faults.require_credentials(&draft, &["clientId", "clientSecret"], &["token"]);
        let faults = faults.or(()).unwrap_err();
        let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
        assert_eq!(pointers, ["/credentials/clientSecret", "/credentials/colour", "/credentials/token"]);
        assert!(!format!("{faults:?}").contains("blue"));
    }
}
