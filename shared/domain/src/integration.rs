//! A project's configuration of one provider.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{Hearing, IntegrationId, ProjectId, Provider, Session};

/// The non-secret half of an integration. Credentials and webhook secrets stand in the secret store, under its id.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Integration {
    /// The tenant.
    pub project_id: ProjectId,
    /// Its id, as it stands in webhook URLs.
    pub integration_id: IntegrationId,
    /// Which provider.
    pub provider: Provider,
    /// The provider's fields, validated by its adapter.
    pub settings: Map<String, Value>,
    /// The partner event source whose events belong to it, where the provider has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partner_source: Option<String>,
    /// What its settings point to, as its adapter names it: where openings go first, then where else it can still speak.
    /// Empty if that is not known.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
    /// How it is heard how things stand there, by its settings.
    #[serde(default, skip_serializing_if = "Hears::is_usual")]
    pub hears: Hears,
    /// What its settings let its sessions wait for, in place of what holds at all contact centres.
    #[serde(default, skip_serializing_if = "Timers::is_unset")]
    pub timers: Timers,
    /// When it was created.
    pub created_at: DateTime<Utc>,
    /// When it was changed last.
    pub updated_at: DateTime<Utc>,
    /// Rises with every write, and never repeats for a project and provider.
    pub version: u64,
    /// Which of the secrets that are stored under its id are in use.
    #[serde(default)]
    pub secrets: SecretsInUse,
}

/// How it is heard how conversations and calls stand at a contact centre.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hears {
    /// Conversations that were opened there.
    pub conversations: Hearing,
    /// Calls that a runtime brings there.
    pub calls: Hearing,
}

impl Default for Hears {
    fn default() -> Self {
        Self { conversations: Hearing::Told, calls: Hearing::Never }
    }
}

impl Hears {
    /// Whether it is as at most contact centres.
    pub fn is_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// How long the sessions of one contact centre wait for something, in seconds; `None` = for as long as at all of them.
/// Frozen at a session's creation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timers {
    /// For the first event of a conversation that was to be opened: it ends as `unconfirmed`. In place of the limits for
    /// `pending` and for an unconfirmed opening, until something is heard.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub first_event_seconds: Option<u32>,
    /// In `post_agent`: it ends as `representative_ended`. In place of the project's limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub post_agent_seconds: Option<u32>,
    /// Of silence, until it is asked how the conversation stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub silence_seconds: Option<u32>,
}

impl Timers {
    /// Whether there are none.
    pub fn is_unset(&self) -> bool {
        *self == Self::default()
    }
}

/// A version of an integration's secrets. Secrets cannot be written in one transaction with the integration, so they are
/// written before it, beside those in use, and only the integration says which are.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretsInUse {
    /// Names the version; never used again, also not by another integration. Empty = none was written.
    pub version: String,
    /// The place that it stands in.
    pub place: SecretsPlace,
}

impl SecretsInUse {
    /// A version that does not stand in the way of this one.
    #[must_use]
    pub fn followed_by(&self, version: impl Into<String>) -> Self {
        let place = match self.place {
            _ if self.version.is_empty() => SecretsPlace::Current,
            SecretsPlace::Current => SecretsPlace::Beside,
            SecretsPlace::Beside => SecretsPlace::Current,
        };
        Self { version: version.into(), place }
    }
}

/// Where a version of secrets stands. There are two places, so that what is written never displaces what is in use.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecretsPlace {
    /// Where the first version stands.
    #[default]
    Current,
    /// The other one.
    Beside,
}

impl Integration {
    /// Whether a session is one of its own, and of what it points to: what it says and hears now is then for that
    /// conversation. An unknown target is any.
    pub fn speaks_for(&self, session: &Session) -> bool {
        let same_project = (&self.project_id, self.provider) == (&session.project_id, session.provider);
        if session.target.is_empty() || self.targets.is_empty() {
            return same_project && self.integration_id == session.integration_id;
        }
        // One that was made anew for the same contact centre goes on with what the other one began.
        same_project && self.targets.contains(&session.target)
    }
}
