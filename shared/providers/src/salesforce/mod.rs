//! Salesforce: Bring Your Own Channel for Messaging, or Enhanced Chat by its interface for custom clients. Both speak of
//! the same conversation entries. They come as platform events over a partner event bus, as bodies behind our relay's
//! signature, or are looked for; nothing comes by a webhook of the vendor's own.

mod inbound;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;

pub(crate) use settings::Settings;
use transfer_domain::Provider;

use crate::{Capabilities, Carriage, Carried, Provides, Receipts};

/// In the state of a session: the vendor said that the conversation is over. A message would open another one.
const CLOSED_STATE: &str = "closed";

/// The name of the provider.
pub const SALESFORCE: Provider = Provider::named("salesforce");

impl Provides for Settings {
    const PROVIDER: Provider = SALESFORCE;
    const CAPABILITIES: Capabilities = Capabilities {
        typing_in: true,
        typing_out: true,
        receipts: Receipts::DeliveredAndRead,
        availability: false,
        // They are sent as links: the vendor takes uploads only, and we keep no files.
        attachments: 0,
        remote_end: true,
        queue_position: true,
        wait_time: true,
        history_upload: false,
        native_post_agent: true,
        message_promotes: true,
        resends_safely: true,
        content_in: Carriage {
            link: Carried::Native,
            card: Carried::Text,
            choices: Carried::Native,
            form: Carried::Native,
            citation: Carried::Native,
            ..Carriage::PLAIN
        },
        content_out: Carriage::of_contact(0),
        reply: Carried::Native,
    };
}
