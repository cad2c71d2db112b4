//! ServiceNow: envelopes of the Virtual Agent's integration, behind a shared secret.

use serde_json::json;
use simulators::servicenow::Auth;
use transfer_providers::SERVICENOW;

use crate::conformance::{Kinds, Need, Plot, Profile, Secure, Site, Way, site};

/// The kit's instance, with all variables that a transfer may fill.
pub(in crate::conformance) fn instance(plot: Plot) -> Site {
    let closed = ["outside our opening hours"];
    let settings = json!({ "outsideHoursTexts": closed, "priorityVariable": "u_priority", "queueVariable": "u_queue", "postAgentStep": true });
    site::servicenow(plot, Auth::OAuth2, |_| {}).with(&settings)
}

pub(in crate::conformance) const PROFILE: Profile = Profile {
    name: "servicenow",
    provider: SERVICENOW,
    site: instance,
    way: Way::Webhook(|secret, _| vec![("x-handoff-secret", secret.to_owned())]),
    kinds: Kinds { text: "message", joined: &["joined"], lifecycle: "*", held: 2 },
    opening_lines: 0,
    queue_signals: 1,
    renewals: 1,
    queue: "default",
    skills: "billing,de",
    unknown_type: (r#""uiType":"OutputText""#, r#""uiType":"ActionMsg","actionType":"Hologram""#),
    secure: Some(Secure {
        open: r#""maskType":"NONE""#,
        private: r#""maskType":"SECURE""#,
        noted: Some("secure_message_withheld"),
    }),
    speech: super::super::samples::servicenow::SPEECH,
    lacks: &[
        (Need::Times, "its events carry no times: what arrives later is newer"),
        (
            Need::Recognises,
            "whether it recognises a repeated request is unverified; the setting for that gives up instead",
        ),
        (Need::QueueTransfer, "no event tells it; the next message names another representative"),
        (Need::Decline, "alerts inside the desk are not told"),
        (Need::WrapUp, "after-call work is not told"),
        (Need::Signature, "a shared secret proves the sender, not the body"),
        (Need::Stamp, "a shared secret proves the sender, not the time"),
        (Need::Moves, "its conversations stay where they are"),
        (Need::Several, "it tells only that the bot is back, not who of several went"),
    ],
    rows: super::super::map::servicenow::ROWS,
    alternatives: super::super::alternatives::servicenow::ALTERNATIVES,
};
