//! Five9, in two generations: the classic messaging interface (an anonymous session per transfer, callbacks whose event
//! is the last segment of their path) and Open Messaging (OAuth, one webhook, the event in the body).

mod inbound;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;

use settings::Flavor;
pub(crate) use settings::Settings;
use transfer_domain::Provider;

use crate::{Capabilities, Carriage, Carried, Provides, Receipts};

/// What of a session's `provider_state` is whose: the names under which later calls find it. All of it is secret.
mod state {
    /// The token of the anonymous session: whoever has it can speak in the conversation.
    #[cfg(feature = "outbound")]
    pub(super) const TOKEN: &str = "tokenId";
    #[cfg(feature = "outbound")]
    pub(super) const FARM: &str = "farmId";
    #[cfg(feature = "outbound")]
    pub(super) const API_HOST: &str = "apiHost";
    #[cfg(feature = "outbound")]
    pub(super) const ORG: &str = "orgId";
    #[cfg(feature = "outbound")]
    pub(super) const CLOUD: &str = "cloudUrl";
    /// Five9's name of a classic conversation; at many tenants the same as the token.
    pub(super) const CONVERSATION: &str = "conversationId";
    /// Who accepted a chat of Open Messaging.
    pub(super) const PARTICIPANT: &str = "participantId";
}

/// The name of the provider.
pub const FIVE9: Provider = Provider::named("five9");

/// Files are a list, and no limit of it is documented.
const ATTACHMENTS: u8 = 10;

impl Provides for Settings {
    const PROVIDER: Provider = FIVE9;
    const CAPABILITIES: Capabilities = Capabilities {
        typing_in: true,
        typing_out: false,
        receipts: Receipts::Delivered,
        availability: false,
        attachments: ATTACHMENTS,
        remote_end: true,
        queue_position: false,
        wait_time: false,
        history_upload: true,
        native_post_agent: false,
        message_promotes: true,
        resends_safely: false,
        content_in: Carriage { notice: Carried::No, ..Carriage::PLAIN },
        content_out: Carriage::of_contact(ATTACHMENTS),
        reply: Carried::Text,
    };

    /// A classic conversation is told where its callbacks go.
    fn calls_with_path_secret(&self) -> bool {
        self.flavor == Flavor::Classic
    }
}
