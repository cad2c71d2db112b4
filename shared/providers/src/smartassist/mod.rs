//! Kore.ai SmartAssist. Text goes through the platform's webhook channel, which tells nothing about the life of the
//! conversation: that comes by our relay, and by asking the public REST interface.

mod inbound;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;

pub(crate) use settings::Settings;
use transfer_domain::Provider;

use crate::{Capabilities, Carriage, Carried, Provides, Receipts};

/// Files are a list, and no limit of it is documented.
const ATTACHMENTS: u8 = 10;

/// The name of the provider.
pub const SMARTASSIST: Provider = Provider::named("smartassist");

impl Provides for Settings {
    const PROVIDER: Provider = SMARTASSIST;
    const CAPABILITIES: Capabilities = Capabilities {
        typing_in: false,
        typing_out: false,
        receipts: Receipts::None,
        availability: true,
        attachments: ATTACHMENTS,
        remote_end: true,
        queue_position: true,
        wait_time: true,
        history_upload: true,
        native_post_agent: true,
        message_promotes: false,
        resends_safely: false,
        content_in: Carriage {
            card: Carried::Text,
            choices: Carried::Native,
            form: Carried::Text,
            table: Carried::Text,
            ..Carriage::PLAIN
        },
        content_out: Carriage::of_contact(ATTACHMENTS),
        reply: Carried::Native,
    };
}
