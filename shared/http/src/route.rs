//! The routes of the API.

use std::fmt;

use lambda_http::Request;
use lambda_http::RequestExt as _;
use lambda_http::request::RequestContext;

/// A route of the API: a method and a path, as the gateway matches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Route {
    /// Creates a transfer.
    CreateTransfer,
    /// Lists transfers.
    ListTransfers,
    /// Counts transfers.
    CountTransfers,
    /// Shows a transfer.
    ShowTransfer,
    /// Shows its messages.
    ShowMessages,
    /// Shows its timeline.
    ShowTimeline,
    /// Shows its events.
    ShowEvents,
    /// Takes a message of the contact.
    SendMessage,
    /// Takes it that the contact types.
    TellTyping,
    /// Takes how far messages came at the contact.
    TakeReceipts,
    /// Ends a transfer.
    EndTransfer,
    /// Tries at once what waits for its next try.
    RetryTransfer,
    /// Takes it that the agent runtime has the hand-back.
    AcknowledgeHandBack,
    /// Takes what the agent runtime reports of a call.
    ReportCall,
    /// Exports transfers.
    ExportTransfers,
    /// Erases a contact's data.
    EraseContact,
    /// The Model Context Protocol.
    Mcp,
    /// Shows a project's settings.
    GetSettings,
    /// Replaces them.
    PutSettings,
    /// Shows what they come to for a channel, and where each value is from.
    EffectiveSettings,
    /// Lists a project's integrations.
    ListIntegrations,
    /// Shows an integration.
    GetIntegration,
    /// Creates or replaces it.
    PutIntegration,
    /// Removes it.
    DeleteIntegration,
    /// Tries whether it works.
    TestIntegration,
    /// Lists a project's event endpoints.
    ListEventEndpoints,
    /// Shows one.
    GetEventEndpoint,
    /// Creates or replaces it.
    PutEventEndpoint,
    /// Removes it.
    DeleteEventEndpoint,
    /// Shows what became of events at it.
    ListDeliveries,
    /// Sends one of those again.
    RetryDelivery,
    /// Sends the events of a session or a time again.
    ReplayEvents,
    /// Sends an event that tests it.
    TestEventEndpoint,
    /// Lists the tasks of the Inbox.
    ListTasks,
    /// Shows a task.
    ShowTask,
    /// Gives a task to somebody.
    ClaimTask,
    /// Closes a task.
    ResolveTask,
    /// Shows the console's page.
    ShowConsole,
    /// Shows one of its assets.
    ShowConsoleAsset,
    /// Shows how it signs in.
    ShowConsoleConfig,
    /// Tells what `ShowConsole` would answer, without the page.
    ProbeConsole,
    /// Tells what `ShowConsoleAsset` would answer, without the asset.
    ProbeConsoleAsset,
    /// Tells what `ShowConsoleConfig` would answer, without the configuration.
    ProbeConsoleConfig,
    /// Takes a callback of a provider.
    Callback,
    /// Takes a callback of a provider that adds to the path.
    CallbackBelow,
    /// Takes a request of the relay.
    Relayed,
    /// Takes a provider's own body by the relay.
    RelayedRaw,
}

impl Route {
    /// All routes.
    pub const ALL: [Self; 47] = [
        Self::CreateTransfer,
        Self::ListTransfers,
        Self::CountTransfers,
        Self::ShowTransfer,
        Self::ShowMessages,
        Self::ShowTimeline,
        Self::ShowEvents,
        Self::SendMessage,
        Self::TellTyping,
        Self::TakeReceipts,
        Self::EndTransfer,
        Self::RetryTransfer,
        Self::AcknowledgeHandBack,
        Self::ReportCall,
        Self::ExportTransfers,
        Self::EraseContact,
        Self::Mcp,
        Self::GetSettings,
        Self::PutSettings,
        Self::EffectiveSettings,
        Self::ListIntegrations,
        Self::GetIntegration,
        Self::PutIntegration,
        Self::DeleteIntegration,
        Self::TestIntegration,
        Self::ListEventEndpoints,
        Self::GetEventEndpoint,
        Self::PutEventEndpoint,
        Self::DeleteEventEndpoint,
        Self::ListDeliveries,
        Self::RetryDelivery,
        Self::ReplayEvents,
        Self::TestEventEndpoint,
        Self::ListTasks,
        Self::ShowTask,
        Self::ClaimTask,
        Self::ResolveTask,
        Self::ShowConsole,
        Self::ShowConsoleAsset,
        Self::ShowConsoleConfig,
        Self::ProbeConsole,
        Self::ProbeConsoleAsset,
        Self::ProbeConsoleConfig,
        Self::Callback,
        Self::CallbackBelow,
        Self::Relayed,
        Self::RelayedRaw,
    ];

    /// The route that a request came by; `None` if it is none of ours.
    pub fn of(request: &Request) -> Option<Self> {
        match request.request_context_ref()? {
            RequestContext::ApiGatewayV2(context) => Self::read(context.route_key.as_deref()?),
            #[expect(
                clippy::allow_attributes,
                reason = "the enum has more variants when other features are unified in"
            )]
            #[allow(unreachable_patterns, clippy::wildcard_enum_match_arm)]
            _ => None,
        }
    }

    /// Reads a route as the gateway names it: `GET /v1/projects/{projectId}/transfers`.
    pub fn read(key: &str) -> Option<Self> {
        let (method, path) = key.split_once(' ')?;
        Self::ALL.into_iter().find(|route| route.method() == method && route.path() == path)
    }

    /// The method that it takes; `ANY` for each.
    pub const fn method(self) -> &'static str {
        self.method_and_path().0
    }

    /// Its path, with the names of its parameters.
    pub const fn path(self) -> &'static str {
        self.method_and_path().1
    }

    const fn method_and_path(self) -> (&'static str, &'static str) {
        match self {
            Self::CreateTransfer => ("POST", "/v1/projects/{projectId}/transfers"),
            Self::ListTransfers => ("GET", "/v1/projects/{projectId}/transfers"),
            Self::CountTransfers => ("GET", "/v1/projects/{projectId}/transfers/counts"),
            Self::ShowTransfer => ("GET", "/v1/projects/{projectId}/transfers/{sessionId}"),
            Self::ShowMessages => ("GET", "/v1/projects/{projectId}/transfers/{sessionId}/messages"),
            Self::ShowTimeline => ("GET", "/v1/projects/{projectId}/transfers/{sessionId}/timeline"),
            Self::ShowEvents => ("GET", "/v1/projects/{projectId}/transfers/{sessionId}/events"),
            Self::SendMessage => ("POST", "/v1/projects/{projectId}/transfers/{sessionId}/messages"),
            Self::TellTyping => ("POST", "/v1/projects/{projectId}/transfers/{sessionId}/typing"),
            Self::TakeReceipts => ("POST", "/v1/projects/{projectId}/transfers/{sessionId}/receipts"),
            Self::EndTransfer => ("POST", "/v1/projects/{projectId}/transfers/{sessionId}/end"),
            Self::RetryTransfer => ("POST", "/v1/projects/{projectId}/transfers/{sessionId}/retry"),
            Self::AcknowledgeHandBack => ("POST", "/v1/projects/{projectId}/transfers/{sessionId}/handback"),
            Self::ReportCall => ("POST", "/v1/projects/{projectId}/transfers/{sessionId}/voice/outcome"),
            Self::ExportTransfers => ("GET", "/v1/projects/{projectId}/transfers/export"),
            Self::EraseContact => ("POST", "/v1/projects/{projectId}/contacts/{contactId}/erase"),
            Self::Mcp => ("ANY", "/v1/projects/{projectId}/mcp"),
            Self::GetSettings => ("GET", "/v1/projects/{projectId}/settings/agent-transfer"),
            Self::PutSettings => ("PUT", "/v1/projects/{projectId}/settings/agent-transfer"),
            Self::EffectiveSettings => ("GET", "/v1/projects/{projectId}/settings/agent-transfer/effective"),
            Self::ListIntegrations => ("GET", "/v1/projects/{projectId}/integrations"),
            Self::GetIntegration => ("GET", "/v1/projects/{projectId}/integrations/{provider}"),
            Self::PutIntegration => ("PUT", "/v1/projects/{projectId}/integrations/{provider}"),
            Self::DeleteIntegration => ("DELETE", "/v1/projects/{projectId}/integrations/{provider}"),
            Self::TestIntegration => ("POST", "/v1/projects/{projectId}/integrations/{provider}/test"),
            Self::ListEventEndpoints => ("GET", "/v1/projects/{projectId}/settings/event-endpoints"),
            Self::GetEventEndpoint => ("GET", "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}"),
            Self::PutEventEndpoint => ("PUT", "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}"),
            Self::DeleteEventEndpoint => ("DELETE", "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}"),
            Self::ListDeliveries => {
                ("GET", "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}/deliveries")
            }
            Self::RetryDelivery => {
                ("POST", "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}/deliveries/{deliveryId}/retry")
            }
            Self::ReplayEvents => ("POST", "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}/replay"),
            Self::TestEventEndpoint => ("POST", "/v1/projects/{projectId}/settings/event-endpoints/{endpointId}/test"),
            Self::ListTasks => ("GET", "/v1/projects/{projectId}/inbox/tasks"),
            Self::ShowTask => ("GET", "/v1/projects/{projectId}/inbox/tasks/{taskId}"),
            Self::ClaimTask => ("POST", "/v1/projects/{projectId}/inbox/tasks/{taskId}/claim"),
            Self::ResolveTask => ("POST", "/v1/projects/{projectId}/inbox/tasks/{taskId}/resolve"),
            Self::ShowConsole => ("GET", "/"),
            Self::ShowConsoleAsset => ("GET", "/console/assets/{digest}/{path+}"),
            Self::ShowConsoleConfig => ("GET", "/console/config.json"),
            Self::ProbeConsole => ("HEAD", "/"),
            Self::ProbeConsoleAsset => ("HEAD", "/console/assets/{digest}/{path+}"),
            Self::ProbeConsoleConfig => ("HEAD", "/console/config.json"),
            Self::Callback => ("ANY", "/v1/webhooks/{provider}/{target}/{secret}"),
            Self::CallbackBelow => ("ANY", "/v1/webhooks/{provider}/{target}/{secret}/{rest+}"),
            Self::Relayed => ("POST", "/v1/webhooks/relay/{integrationId}"),
            Self::RelayedRaw => ("POST", "/v1/webhooks/relay/{integrationId}/raw"),
        }
    }
}

/// As the gateway names it.
impl fmt::Display for Route {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (method, path) = self.method_and_path();
        write!(f, "{method} {path}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_reads_back_from_its_name_and_nothing_else_does() {
        for route in Route::ALL {
            assert_eq!(Route::read(&route.to_string()), Some(route));
        }
        for other in
            ["", "$default", "GET", "PATCH /v1/projects/{projectId}/transfers", "GET /v1/projects/demo/transfers"]
        {
            assert_eq!(Route::read(other), None, "{other}");
        }
    }
}
