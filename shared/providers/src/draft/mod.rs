//! The fields of an integration: one table a provider ([`Fields`]), and what follows from it: validation with a pointer
//! to every field that is wrong, defaults, typed settings, the API's description and the documentation.

mod check;
mod describe;
#[cfg(test)]
pub(crate) mod held;
mod table;
#[cfg(test)]
mod tests;

pub use check::validate;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
pub use table::{Credential, Fields, Form, Kind, Preset, Setting, When};
use transfer_domain::strict::Strict;
use transfer_domain::{Hears, Integration, Timers};

use crate::{FieldFault, Unreadable};

/// A day in seconds: no timer of a conversation is longer.
pub(crate) const MAX_SECS: u64 = 86_400;

/// How the relay proves itself: the same at every provider.
pub(crate) const RELAY_AUTH: Setting = Setting::word(
    "relayAuth",
    "signature",
    &["signature", "bearer"],
    "how the relay proves itself; `bearer` is weaker: what was seen once can be said again",
)
.alias("standard_webhooks", "signature");

/// How long a session may be without a representative.
pub(crate) const POST_AGENT_TIMEOUT_SECS: Setting = Setting::timer(
    "postAgentTimeoutSecs",
    30,
    "seconds that a session stays open after its representative has gone; without it the project's `postAgentMinutes`",
);

/// How long the first event of a conversation may take.
pub(crate) const ACCEPT_TIMEOUT_SECS: Setting = Setting::timer(
    "acceptTimeoutSecs",
    5,
    "seconds that the first event of a conversation is waited for; without it the project's `pendingMinutes` and \
     `unconfirmedMinutes`",
);

/// How long nothing is heard until it is asked.
pub(crate) const RECONCILE_IDLE_SECS: Setting = Setting::timer(
    "reconcileIdleSecs",
    30,
    "seconds of silence until it is asked how a conversation stands, then ever more seldom; without it every five minutes \
     at first, also of one that is not silent",
);

/// What is said last, where no call can tell the representative.
pub(crate) const END_TEXT: Setting =
    Setting::line("endText", 1000, "the text that ends").or("The customer has left the chat.");

/// Where a secret comes that stands in a header.
pub(crate) const WEBHOOK_HEADER_NAME: Setting =
    Setting::text("webhookHeaderName", 256, Form::Header, "the header of `header_secret`").or("X-Handoff-Secret");

/// A word of a setting.
pub(crate) trait Word {
    /// As it is written.
    fn word(self) -> &'static str;
}

/// Words of settings: an enum of each, with the words as its `WORDS` for the table.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
        pub(crate) enum $name { $($(#[$of])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// As they are written.
            pub(crate) const WORDS: &'static [&'static str] = &[$($word),+];
        }

        impl $crate::draft::Word for $name {
            fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    )+};
}
pub(crate) use words;

/// The settings of a provider's integrations, each said once: the field that the adapter reads, its type, and its row of
/// the table; credentials, and where our addresses are entered at the contact centre, in which case. It makes the struct
/// and, beside it, the table as `FIELDS`; the crate that uses it depends on `serde`.
#[macro_export]
macro_rules! settings {
    (
        $name:ident { $($(#[$of:meta])* $field:ident: $type:ty = $setting:expr),+ $(,)? }
        credentials { $($credential:expr),* $(,)? }
        $(enter { $($when:expr => $text:expr),* $(,)? })?
    ) => {
        #[derive(Debug, Clone, PartialEq, serde::Deserialize)]
        #[serde(rename_all = "camelCase")]
        pub(crate) struct $name { $($(#[$of])* pub(crate) $field: $type),+ }

        /// The table.
        const FIELDS: $crate::building::Fields = $crate::building::Fields {
            settings: &[$($setting),+],
            credentials: &[$($credential),*],
            enter: &[$($(($when, $text)),*)?],
        };
    };
}

/// Settings as an adapter uses them. Their names, bounds and defaults are those of the table.
pub trait Typed: DeserializeOwned {
    /// The table.
    const FIELDS: &'static Fields;

    /// Rules that the table cannot say.
    fn check(_given: &Given<'_>, _faults: &mut Faults) {}

    /// What the settings point to (see [`ValidIntegration::targets`](crate::ValidIntegration::targets)).
    fn targets(&self) -> Vec<String>;

    /// How it is heard how conversations and calls stand there: at most providers of conversations by what they tell, and
    /// of calls not at all.
    fn hears(&self) -> Hears {
        Hears::default()
    }

    /// What they let sessions wait for, in place of the project's limits.
    fn timers(&self) -> Timers {
        Timers::default()
    }
}

/// Values to look at while they are checked: settings with their defaults, and which credentials there are.
#[derive(Debug, Clone, Copy)]
pub struct Given<'a> {
    settings: &'a Map<String, Value>,
    credentials: &'a [&'a str],
}

impl Given<'_> {
    /// The word or text of a setting.
    pub fn word(&self, name: &str) -> Option<&str> {
        self.settings.get(name).and_then(Value::as_str)
    }

    /// Whether a setting is on.
    pub fn is_on(&self, name: &str) -> bool {
        self.settings.get(name).and_then(Value::as_bool) == Some(true)
    }

    /// Whether a setting or a credential is there; an empty text is not.
    fn has(&self, name: &str) -> bool {
        self.credentials.contains(&name) || self.settings.get(name).is_some_and(|value| value.as_str() != Some(""))
    }
}

/// Collects the faults of a draft.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    /// Notes that a setting breaks a rule.
    pub fn setting(&mut self, name: &str, rule: impl Into<String>) {
        self.push(format!("/settings/{}", escaped(name)), rule.into());
    }

    /// Notes that a part of a setting breaks a rule; `within` is a JSON pointer.
    fn part(&mut self, name: &str, within: &str, rule: String) {
        self.push(format!("/settings/{}{within}", escaped(name)), rule);
    }

    fn credential(&mut self, name: &str, rule: impl Into<String>) {
        self.push(format!("/credentials/{}", escaped(name)), rule.into());
    }

    /// One fault a field is enough: the first is the cause of the others.
    fn push(&mut self, pointer: String, rule: String) {
        if !self.0.iter().any(|fault| fault.pointer == pointer) {
            self.0.push(FieldFault { pointer, rule });
        }
    }
}

/// The settings of a stored integration; they were validated when they were stored, so a fault is ours. What was not yet
/// a setting then has its default.
pub fn stored<T: Typed>(integration: &Integration) -> Result<T, Unreadable> {
    typed(&integration.settings).map_err(|fault| Unreadable { pointer: fault.pointer })
}

/// Settings that were validated, with the defaults of what is missing.
pub(crate) fn typed<T: Typed>(settings: &Map<String, Value>) -> Result<T, FieldFault> {
    let mut values = settings.clone();
    T::FIELDS.fill(&mut values);
    read(values)
}

fn read<T: DeserializeOwned>(values: Map<String, Value>) -> Result<T, FieldFault> {
    serde_path_to_error::deserialize(Value::Object(values))
        .map_err(|error| FieldFault { pointer: format!("/settings/{}", error.path()), rule: error.inner().to_string() })
}

/// Reads a value whose names only its type knows: where it does not fit, as a JSON pointer, and why.
pub(crate) fn shaped<T: DeserializeOwned>(value: &Value) -> Result<T, (String, String)> {
    serde_path_to_error::deserialize(Strict(value.clone())).map_err(|error| {
        let names = error.path().iter().map(ToString::to_string).filter(|name| name != "?");
        let escaped = names.map(|name| escaped(name.trim_matches(['[', ']'])));
        let within: String = escaped.flat_map(|name| ["/".to_owned(), name]).collect();
        (within, error.inner().to_string())
    })
}

/// RFC 6901, section 3.
fn escaped(segment: &str) -> String {
    segment.replace('~', "~0").replace('/', "~1")
}
