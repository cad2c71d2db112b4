//! Checking a draft by its provider's table.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};

use super::{Credential, Faults, Fields, Form, Given, Kind, Setting, Typed, escaped, read};
use crate::{FieldFault, HostPolicy, IntegrationDraft, ValidIntegration};

pub(super) const MAX_CREDENTIAL_BYTES: usize = 8 * 1024;

/// Checks the fields, and says which are wrong.
pub fn validate<T: Typed>(draft: &IntegrationDraft, hosts: HostPolicy) -> Result<ValidIntegration, Vec<FieldFault>> {
    let fields = T::FIELDS;
    let mut faults = Faults::default();
    let settings = fields.accepted(&draft.settings, hosts, &mut faults);
    let credentials: Vec<&str> = draft.credentials.keys().map(String::as_str).collect();
    let given = Given { settings: &settings, credentials: &credentials };
    for setting in fields.settings {
        if setting.required.holds(&given) && !given.has(setting.name) {
            faults.setting(setting.name, setting.required.rule());
        }
    }
    T::check(&given, &mut faults);
    fields.check_credentials(draft, &given, &mut faults);
    let (warnings, partner_source) = (fields.warnings(&given), fields.partner_source(&given));
    if !faults.0.is_empty() {
        return Err(faults.0);
    }
    let typed: T = read(settings.clone()).map_err(|fault| vec![fault])?;
    Ok(ValidIntegration {
        settings,
        partner_source,
        targets: typed.targets(),
        hears: typed.hears(),
        timers: typed.timers(),
        warnings,
    })
}

impl Fields {
    /// The settings that are right, and the defaults of the others.
    fn accepted(&self, sent: &Map<String, Value>, hosts: HostPolicy, faults: &mut Faults) -> Map<String, Value> {
        for name in sent.keys() {
            if !self.settings.iter().any(|setting| setting.name == name) {
                faults.setting(name, "is not a setting of this provider");
            }
        }
        let mut values = Map::new();
        for setting in self.settings {
            let Some(value) = sent.get(setting.name) else { continue };
            if (value.is_null() && setting.may_be_null()) || (value.as_str() == Some("") && setting.may_be_empty()) {
                continue;
            }
            let value = setting.plain(value);
            match setting.kind.check(&value, hosts) {
                Ok(()) => drop(values.insert(setting.name.to_owned(), value)),
                Err(_) if value.as_str() == Some("") => faults.setting(setting.name, "is required"),
                Err((within, rule)) => faults.part(setting.name, &within, rule),
            }
        }
        self.fill(&mut values);
        values
    }

    fn warnings(&self, given: &Given<'_>) -> Vec<String> {
        let all = self.settings.iter().flat_map(|setting| setting.warnings);
        all.filter(|(when, _)| when.holds(given)).map(|(_, warning)| (*warning).to_owned()).collect()
    }

    fn partner_source(&self, given: &Given<'_>) -> Option<String> {
        let listens = |setting: &&Setting| matches!(setting.kind, Kind::Source { .. }) && setting.required.holds(given);
        let source = self.settings.iter().find(listens)?;
        given.word(source.name).map(str::to_owned)
    }

    fn check_credentials(&self, draft: &IntegrationDraft, given: &Given<'_>, faults: &mut Faults) {
        for credential in self.credentials {
            if credential.required.holds(given) && !draft.credentials.contains_key(credential.name) {
                faults.credential(credential.name, credential.required.rule());
            }
        }
        for (name, secret) in &draft.credentials {
            let known = self.credentials.iter().find(|known| known.name == name);
            let rule = match known.filter(|known| known.taken.holds(given)) {
                Some(known) => known.unfit(secret.expose_secret()),
                None => Some("is not a field of this provider".to_owned()),
            };
            if let Some(rule) = rule {
                faults.credential(name, rule);
            }
        }
    }
}

impl Setting {
    /// The value in its usual word.
    fn plain(&self, value: &Value) -> Value {
        match self.alias {
            Some((alias, word)) if value.as_str() == Some(alias) => word.into(),
            Some(_) | None => value.clone(),
        }
    }
}

impl Credential {
    /// The rule that a secret breaks. It says nothing of the secret.
    fn unfit(&self, secret: &str) -> Option<String> {
        // A key in PEM form has lines, nothing else has.
        let lines = !self.pem.is_empty();
        let control = secret.chars().any(|c| c.is_control() && !(lines && matches!(c, '\n' | '\r')));
        if secret.is_empty() || secret.len() > MAX_CREDENTIAL_BYTES || control {
            Some(format!("must be 1 to {MAX_CREDENTIAL_BYTES} bytes without control characters"))
        } else if secret.chars().count() < self.min {
            Some(format!("must be at least {} characters", self.min))
        } else if lines && !self.pem.iter().any(|label| is_pem(secret, label)) {
            Some(format!("must be PEM of an unencrypted {}", self.pem.join(" or ")))
        } else {
            None
        }
    }
}

/// Whether it is one PEM document, as far as its outside tells: what is inside shows when it is used.
fn is_pem(text: &str, label: &str) -> bool {
    let inside = text
        .trim()
        .strip_prefix(&format!("-----BEGIN {label}-----"))
        .and_then(|rest| rest.strip_suffix(&format!("-----END {label}-----")));
    let encoded: Option<String> = inside.map(|inside| inside.split_ascii_whitespace().collect());
    // A sequence, by the first byte of its encoding.
    encoded.and_then(|encoded| STANDARD.decode(encoded).ok()).is_some_and(|key| key.first() == Some(&0x30))
}

impl Kind {
    /// Where within the value (a JSON pointer) which rule is broken.
    fn check(&self, value: &Value, hosts: HostPolicy) -> Result<(), (String, String)> {
        let all = |rule: String| Err((String::new(), rule));
        if let Some(rule) = self.mistyped(value) {
            return all(rule);
        }
        match (self, value) {
            (Self::Url { domains, read }, Value::String(text)) => {
                read(text, hosts, domains).map(drop).map_err(|rule| (String::new(), rule))
            }
            (Self::Object { fits, .. }, value) if fits(value)? => Ok(()),
            (Self::Object { .. }, _) => all(format!("must be {}", self.says())),
            (Self::List { of, .. }, Value::Array(items)) => {
                let mut odd = items.iter().enumerate().filter_map(|(at, item)| Some((at, of.mistyped(item)?)));
                odd.next().map_or(Ok(()), |(at, rule)| Err((format!("/{at}"), rule)))?;
                if self.fits(value) { Ok(()) } else { all(format!("must be {}", self.says())) }
            }
            (Self::Map { of, .. }, Value::Object(entries)) => {
                let mut odd = entries.iter().filter_map(|(name, item)| Some((name, of.mistyped(item)?)));
                odd.next().map_or(Ok(()), |(name, rule)| Err((format!("/{}", escaped(name)), rule)))?;
                if self.fits(value) { Ok(()) } else { all(format!("must be {}", self.says())) }
            }
            (_, value) if self.fits(value) => Ok(()),
            (_, _) => all(format!("must be {}", self.says())),
        }
    }

    /// What it must be, if it is something quite different.
    fn mistyped(&self, value: &Value) -> Option<String> {
        let (right, rule) = match self {
            Self::Switch => (value.is_boolean(), "must be true or false"),
            Self::Number { .. } => (value.is_u64(), ""),
            Self::Word(words) => (value.as_str().is_some_and(|word| words.contains(&word)), ""),
            Self::Text { .. } | Self::Url { .. } | Self::Source { .. } => (value.is_string(), "must be a text"),
            Self::List { .. } => (value.is_array(), "must be a list"),
            Self::Map { .. } | Self::Object { .. } => (value.is_object(), "must be an object"),
        };
        let rule = if rule.is_empty() { format!("must be {}", self.says()) } else { rule.to_owned() };
        (!right).then_some(rule)
    }

    /// Whether a value of the right type is within the bounds.
    fn fits(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Number { min, max, or_zero }, Value::Number(number)) => {
                number.as_u64().is_some_and(|number| (*min..=*max).contains(&number) || (*or_zero && number == 0))
            }
            (Self::Text { max, form }, Value::String(text)) => form.fits(text, *max),
            (Self::Source { prefix, further, .. }, Value::String(text)) => is_source(text, prefix, further),
            (Self::List { of, min, max, distinct }, Value::Array(items)) => {
                let repeated = |(at, item): (usize, &Value)| items.iter().skip(at + 1).any(|other| other == item);
                (*min..=*max).contains(&items.len())
                    && items.iter().all(|item| of.fits(item))
                    && !(*distinct && items.iter().enumerate().any(repeated))
            }
            (Self::Map { names, of, max }, Value::Object(entries)) => {
                let named = |name: &String| names.fits(&Value::String(name.clone()));
                entries.len() <= *max && entries.iter().all(|(name, item)| named(name) && of.fits(item))
            }
            (_, _) => true,
        }
    }
}

fn is_source(text: &str, prefix: &str, further: &'static str) -> bool {
    let Some((first, second)) = text.strip_prefix(prefix).and_then(|rest| rest.split_once('/')) else { return false };
    let form = Form::Of(further);
    form.fits(first, 64) && form.fits(second, 64)
}

impl Form {
    fn fits(self, text: &str, max: usize) -> bool {
        let grammar = match self {
            Self::Free => return text.chars().count() <= max,
            Self::Own { fits, .. } => return text.chars().count() <= max && fits(text),
            Self::Words => !text.trim().is_empty(),
            Self::Line => !text.chars().any(char::is_control),
            Self::Of(further) => text.chars().all(|c| c.is_ascii_alphanumeric() || further.contains(c)),
            Self::Header => http::HeaderName::from_bytes(text.as_bytes()).is_ok(),
            Self::Pointer => text.starts_with('/') && !text.chars().any(char::is_control),
        };
        grammar && (1..=max).contains(&text.chars().count())
    }
}
