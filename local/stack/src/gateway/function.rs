//! The functions behind the API.

use event_deliveries::Deliveries;
use lambda_http::{Body, Request, Response};
use serve_console::Console;
use test_integration::Tester;
use transfer_aws::Service;
use transfer_aws::commands::Commands;
use transfer_providers::{Adapters, Inbound};

/// What the functions behind the API work with.
#[derive(Debug, Clone)]
pub struct Functions {
    /// The parts that all share.
    pub service: Service,
    /// The providers' pure halves.
    pub adapters: Adapters<dyn Inbound>,
    /// Where `send-message` sends commands.
    pub commands: Commands,
    /// What `test-integration` works with.
    pub tester: Tester,
    /// What `mcp` calls the API with.
    pub api_caller: mcp::ApiCaller,
    /// What `event-deliveries` works with.
    pub deliveries: Deliveries,
    /// What `serve-console` works with.
    pub console: Console,
}

/// A function that answers HTTP requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the folder of its name")]
pub enum Function {
    CreateTransfer,
    ListTransfers,
    GetTransfer,
    TransferEvents,
    ExportTransfers,
    EraseContact,
    Mcp,
    EventDeliveries,
    SendMessage,
    EndTransfer,
    ProviderWebhook,
    Settings,
    TestIntegration,
    Inbox,
    ServeConsole,
}

impl Function {
    /// The function of a folder of that name.
    pub fn named(folder: &str) -> Option<Self> {
        Some(match folder {
            "create-transfer" => Self::CreateTransfer,
            "list-transfers" => Self::ListTransfers,
            "get-transfer" => Self::GetTransfer,
            "transfer-events" => Self::TransferEvents,
            "export-transfers" => Self::ExportTransfers,
            "erase-contact" => Self::EraseContact,
            "mcp" => Self::Mcp,
            "event-deliveries" => Self::EventDeliveries,
            "send-message" => Self::SendMessage,
            "end-transfer" => Self::EndTransfer,
            "provider-webhook" => Self::ProviderWebhook,
            "settings" => Self::Settings,
            "test-integration" => Self::TestIntegration,
            "inbox" => Self::Inbox,
            "serve-console" => Self::ServeConsole,
            _ => return None,
        })
    }

    pub(crate) async fn call(self, functions: &Functions, request: Request) -> Response<Body> {
        let Functions { service, adapters, commands, tester, api_caller, deliveries, console } = functions;
        match self {
            Self::CreateTransfer => create_transfer::handle(service, request).await,
            Self::ListTransfers => list_transfers::handle(service, request).await,
            Self::GetTransfer => get_transfer::handle(service, request).await,
            Self::TransferEvents => transfer_events::handle(service, request).await,
            Self::ExportTransfers => export_transfers::handle(service, request).await,
            Self::EraseContact => erase_contact::handle(service, request).await,
            Self::Mcp => mcp::handle(service, api_caller, request).await,
            Self::EventDeliveries => event_deliveries::handle(deliveries, request).await,
            Self::SendMessage => send_message::handle(service, adapters, commands, request).await,
            Self::EndTransfer => end_transfer::handle(service, request).await,
            Self::ProviderWebhook => provider_webhook::handle(service, adapters, request).await,
            Self::Settings => settings::handle(service, adapters, request).await,
            Self::TestIntegration => test_integration::handle(tester, request).await,
            Self::Inbox => inbox::handle(service, request).await,
            Self::ServeConsole => serve_console::handle(console, &request),
        }
    }
}
