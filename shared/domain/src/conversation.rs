//! A session together with what its provider told beside what happened.

use std::ops::Deref;

use serde::{Deserialize, Serialize};

use crate::{Facts, Session};

/// What the provider told beside what happened: kept apart from the session, because what moves with messages hardly changes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderFacts {
    /// What may be shown.
    #[serde(default)]
    pub data: Facts,
    /// What the adapter needs for its calls; never shown.
    #[serde(default)]
    pub state: Facts,
}

/// A session and what its provider told: what a call to the provider needs, and an event of it may change.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    /// The session.
    pub session: Session,
    /// What the provider told.
    pub facts: ProviderFacts,
}

impl Conversation {
    /// Of a session whose provider told nothing yet.
    pub fn untold(session: Session) -> Self {
        Self { session, facts: ProviderFacts::default() }
    }
}

impl Deref for Conversation {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.session
    }
}
