//! ServiceNow: the Virtual Agent API as the way to its live agents. One POST carries any number of events, in order and
//! without times; nothing is signed.

mod inbound;
#[cfg(feature = "outbound")]
mod outbound;
mod settings;

pub(crate) use settings::Settings;
use transfer_domain::{Provider, TransferId};

use crate::{Capabilities, Carriage, Carried, Provides, Receipts};

/// The name of the provider.
pub const SERVICENOW: Provider = Provider::named("servicenow");

impl Provides for Settings {
    const PROVIDER: Provider = SERVICENOW;
    const CAPABILITIES: Capabilities = Capabilities {
        typing_in: true,
        typing_out: true,
        receipts: Receipts::Delivered,
        availability: false,
        attachments: 1,
        remote_end: true,
        queue_position: false,
        wait_time: true,
        history_upload: true,
        native_post_agent: true,
        message_promotes: true,
        resends_safely: true,
        content_in: Carriage {
            card: Carried::Native,
            choices: Carried::Native,
            form: Carried::Native,
            table: Carried::Native,
            citation: Carried::Native,
            ..Carriage::PLAIN
        },
        content_out: Carriage::of_contact(1),
        reply: Carried::Native,
    };
}

/// The id of the request that asks for a human: an opening of several requests asks with its last one.
fn handoff_request_id(settings: &Settings, transfer: TransferId) -> String {
    opening_request_id(transfer, settings.opening_requests())
}

/// The id of the opening's request by its number, from 1; the same whenever the opening is repeated.
fn opening_request_id(transfer: TransferId, number: u8) -> String {
    if number <= 1 { format!("{transfer}-1") } else { format!("{transfer}-1-{number}") }
}

impl Settings {
    /// How many requests the opening takes.
    fn opening_requests(&self) -> u8 {
        match self.handoff_action {
            settings::HandoffAction::StartLiveAgentOnly | settings::HandoffAction::Text => 1,
            settings::HandoffAction::CreateThenStart => 2,
            settings::HandoffAction::Agent => 1 + self.agent_action_repeat,
        }
    }
}
