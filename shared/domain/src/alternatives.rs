//! What can be done instead of a transfer that reached nobody.

use serde::Serialize;

use crate::{End, PostAgentAction, Provider, Session, Trouble};

/// One thing that the AI agent can do instead.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Alternative {
    /// Go on with the contact itself.
    ContinueWithAgent,
    /// Ask for the same transfer later: what stood in its way passes.
    TryLater,
    /// Ask another contact centre.
    TryProvider {
        /// Those that the project had configured when the transfer was requested.
        providers: Vec<Provider>,
    },
}

impl Session {
    /// What kept the transfer from serving the contact; `None` while it lives, and if a representative ever joined.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble_with(self.end()?)
    }

    /// As [`Self::trouble`], of one end.
    pub fn trouble_with(&self, end: &End) -> Option<Trouble> {
        end.reason.ending().trouble.filter(|_| !self.signals.anybody_joined_by(end.key))
    }

    /// What can be done instead; nothing while the session lives, or once it has served the contact.
    pub fn alternatives(&self) -> Vec<Alternative> {
        self.end().map(|end| self.alternatives_to(end)).unwrap_or_default()
    }

    /// What can be done instead of waiting on while nobody has joined.
    pub fn alternatives_while_waiting(&self) -> Vec<Alternative> {
        if self.is_ended() || self.signals.anybody_joined() {
            return vec![];
        }
        self.instead(Trouble::Stays)
    }

    /// As [`Self::alternatives`], of one end.
    pub fn alternatives_to(&self, end: &End) -> Vec<Alternative> {
        self.trouble_with(end).map(|trouble| self.instead(trouble)).unwrap_or_default()
    }

    fn instead(&self, trouble: Trouble) -> Vec<Alternative> {
        let goes_on = self.post_agent_action == PostAgentAction::ReturnToAgent;
        let providers = self.other_providers.clone();
        let elsewhere = (!providers.is_empty()).then_some(Alternative::TryProvider { providers });
        let agent = goes_on.then_some(Alternative::ContinueWithAgent);
        let later = (trouble == Trouble::Passes).then_some(Alternative::TryLater);
        agent.into_iter().chain(later).chain(elsewhere).collect()
    }
}
