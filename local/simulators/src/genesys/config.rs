//! How the simulated organisation is set up.

use std::sync::Arc;

use crate::engine::{PartnerBus, choices, config};

choices! {
    /// What a message does after its conversation has ended.
    pub enum Threading {
        /// It re-enters the same conversation (the vendor's default, 72 h).
        SameConversation,
        /// It starts a new one (timeline 0).
        AlwaysNew,
    }
}

config! {
    /// An organisation with one Open Messaging integration and one OAuth client.
    pub struct GenesysConfig(client_id: &str, client_secret: &str, integration_id: &str) {
        /// OAuth client.
        client_id: String = client_id.to_owned();
        /// Its secret.
        client_secret: String = client_secret.to_owned();
        /// The integration that the platform writes to.
        integration_id: String = integration_id.to_owned();
        /// Its name, shown as the sender of outbound messages.
        integration_name: String = "Support".to_owned();
        /// Outbound notification webhook; `None` until the platform says it.
        webhook_url: Option<String> = None;
        /// Signature secret token of the integration.
        webhook_secret: String = String::new();
        /// Static headers of the integration, sent with every webhook.
        webhook_headers: Vec<(String, String)> = Vec::new();
        /// Partner event source, `aws.partner/genesys.com/cloud/<org>/<suffix>`.
        partner_source: String = "aws.partner/genesys.com/cloud/32aa07aa-0000-4000-8000-000000000001/local".to_owned();
        /// Where lifecycle events go; `None` sends none, as without the EventBridge integration.
        bus: Option<Arc<dyn PartnerBus>> = None;
        /// Queue that the flow transfers to.
        queue_id: String = "9a58c219-0000-4000-8000-000000000001".to_owned();
        /// Division of the queue.
        division_id: String = "d1000000-0000-4000-8000-000000000001".to_owned();
        /// Lifetime of a token.
        token_seconds: u32 = 86_399;
        /// Status of an accepted inbound message: 200 or 202, the documents leave it open.
        open_status: u16 = 200;
        /// Status of a PATCH on a participant that is already disconnected.
        gone_status: u16 = 404;
        /// Total size of `customAttributes` above which an open is refused; `None` has no limit (none is documented).
        attribute_max_bytes: Option<usize> = None;
        /// Treatment of messages after the end.
        threading: Threading = Threading::default();
    }
}

impl GenesysConfig {
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
