//! What can be done instead of a transfer that reached nobody.

use serde::Serialize;

use crate::{EndReason, PostAgentAction, Provider, Session};

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
    /// What can be done instead; nothing while the session lives, or once it has served the contact.
    pub fn alternatives(&self) -> Vec<Alternative> {
        self.end.as_ref().map(|end| self.alternatives_after(end.reason)).unwrap_or_default()
    }

    /// What can be done instead after an end for this reason; nothing after one that has served the contact.
    pub fn alternatives_after(&self, reason: EndReason) -> Vec<Alternative> {
        let Some(passes) = trouble_passes(reason) else { return vec![] };
        let goes_on = self.post_agent_action == PostAgentAction::ReturnToAgent;
        let providers = self.other_providers.clone();
        let elsewhere = (!providers.is_empty()).then_some(Alternative::TryProvider { providers });
        let agent = goes_on.then_some(Alternative::ContinueWithAgent);
        let later = passes.then_some(Alternative::TryLater);
        agent.into_iter().chain(later).chain(elsewhere).collect()
    }
}

/// Whether what kept a transfer from reaching anybody passes by itself; `None` for an end of another sort.
const fn trouble_passes(reason: EndReason) -> Option<bool> {
    match reason {
        EndReason::NoRepresentatives | EndReason::OutsideHours | EndReason::ProviderError => Some(true),
        // Refused, the same request is refused again; unconfirmed, a second one could open a second conversation.
        EndReason::ProviderRejected | EndReason::Unconfirmed => Some(false),
        EndReason::RepresentativeEnded
        | EndReason::ContactEnded
        | EndReason::AgentEnded
        | EndReason::OperatorEnded
        | EndReason::CancelledInQueue
        | EndReason::Expired
        | EndReason::ProviderDisconnected
        | EndReason::Reconciled => None,
    }
}
