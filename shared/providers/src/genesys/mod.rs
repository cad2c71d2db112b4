//! Genesys Cloud, Open Messaging. Two streams come in: messages by a signed webhook, the life of the conversation by
//! the partner event bus or, where there is none, by a data action's POST to `…/lifecycle`.

mod inbound;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;

pub(crate) use settings::Settings;
use transfer_domain::{Provider, Representative};

use crate::{Capabilities, Carriage, Carried, Provides, Receipts};

/// Credentials that callbacks bring.
const STATIC_HEADER_VALUE: &str = "staticHeaderValue";
const DATA_ACTION_BEARER: &str = "dataActionBearer";

/// The name of the provider.
pub const GENESYS: Provider = Provider::named("genesys");

impl Provides for Settings {
    const PROVIDER: Provider = GENESYS;
    const CAPABILITIES: Capabilities = Capabilities {
        typing_in: true,
        typing_out: true,
        receipts: Receipts::Delivered,
        availability: false,
        attachments: 1,
        remote_end: true,
        queue_position: false,
        wait_time: false,
        history_upload: false,
        native_post_agent: true,
        message_promotes: false,
        resends_safely: true,
        content_in: Carriage {
            card: Carried::Native,
            choices: Carried::Native,
            location: Carried::Native,
            ..Carriage::PLAIN
        },
        content_out: Carriage::of_contact(1),
        reply: Carried::Native,
    };
    const SIGNS_WEBHOOKS: bool = true;
}

/// A representative whom events identify by id only.
fn representative(id: Option<&str>) -> Representative {
    Representative { id: id.map(str::to_owned), name: None }
}
