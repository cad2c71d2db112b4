//! How the simulated organisation is set up.

use std::sync::Arc;

use crate::bus::PartnerBus;

/// What happens to a message whose `messageId` the conversation has seen (not documented).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedMessages {
    /// The first answer again, no second line on the desktop.
    #[default]
    Recognised,
    /// A second line on the desktop.
    ShownTwice,
}

/// What a message does after its conversation has ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Threading {
    /// It re-enters the same conversation (the vendor's default, 72 h).
    #[default]
    SameConversation,
    /// It starts a new one (timeline 0).
    AlwaysNew,
}

/// An organisation with one Open Messaging integration and one OAuth client.
#[derive(Clone)]
pub struct GenesysConfig {
    /// OAuth client.
    pub client_id: String,
    /// Its secret.
    pub client_secret: String,
    /// The integration that the platform writes to.
    pub integration_id: String,
    /// Its name, shown as the sender of outbound messages.
    pub integration_name: String,
    /// Outbound notification webhook; `None` until the platform says it.
    pub webhook_url: Option<String>,
    /// Signature secret token of the integration.
    pub webhook_secret: String,
    /// Static headers of the integration, sent with every webhook.
    pub webhook_headers: Vec<(String, String)>,
    /// Partner event source, `aws.partner/genesys.com/cloud/<org>/<suffix>`.
    pub partner_source: String,
    /// Where lifecycle events go; `None` sends none, as without the EventBridge integration.
    pub bus: Option<Arc<dyn PartnerBus>>,
    /// Queue that the flow transfers to.
    pub queue_id: String,
    /// Division of the queue.
    pub division_id: String,
    /// Lifetime of a token.
    pub token_seconds: u32,
    /// Status of an accepted inbound message: 200 or 202, the documents leave it open.
    pub open_status: u16,
    /// Status of a PATCH on a participant that is already disconnected.
    pub gone_status: u16,
    /// Total size of `customAttributes` above which an open is refused; `None` has no limit (none is documented).
    pub attribute_max_bytes: Option<usize>,
    /// Treatment of repeated message ids.
    pub repeated_messages: RepeatedMessages,
    /// Treatment of messages after the end.
    pub threading: Threading,
}

impl GenesysConfig {
    /// An organisation with the vendor's defaults where they are known.
    pub fn new(client_id: &str, client_secret: &str, integration_id: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            integration_id: integration_id.to_owned(),
            integration_name: "Support".to_owned(),
            webhook_url: None,
            webhook_secret: String::new(),
            webhook_headers: Vec::new(),
            partner_source: "aws.partner/genesys.com/cloud/32aa07aa-0000-4000-8000-000000000001/local".to_owned(),
            bus: None,
            queue_id: "9a58c219-0000-4000-8000-000000000001".to_owned(),
            division_id: "d1000000-0000-4000-8000-000000000001".to_owned(),
            token_seconds: 86_399,
            open_status: 200,
            gone_status: 404,
            attribute_max_bytes: None,
            repeated_messages: RepeatedMessages::default(),
            threading: Threading::default(),
        }
    }

    /// The same organisation with a webhook.
    #[must_use]
    pub fn with_webhook(mut self, url: &str, secret: &str) -> Self {
        self.webhook_url = Some(url.to_owned());
        secret.clone_into(&mut self.webhook_secret);
        self
    }

    /// The same organisation with the EventBridge integration.
    #[must_use]
    pub fn with_bus(mut self, bus: Arc<dyn PartnerBus>) -> Self {
        self.bus = Some(bus);
        self
    }
}
