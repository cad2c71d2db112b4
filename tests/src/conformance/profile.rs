//! What the kit has to be told of each provider.

use agent_transfer::Stack;
use serde_json::{Map, Value, json};
use simulators::genesys::signature;
use transfer_domain::Provider;
use transfer_providers::{Adapters, Capabilities, FIVE9, SALESFORCE};

use super::{Desk, Need};

/// Headers of a callback.
pub type Headers = Vec<(&'static str, String)>;

/// One provider.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// Which.
    pub provider: Provider,
    /// Its simulator on a stack.
    pub desk: fn(&Stack) -> Option<&dyn Desk>,
    /// What its simulator calls its callbacks.
    pub kinds: Kinds,
    /// How many lines of the contact the opening itself shows to the representative.
    pub opening_lines: usize,
    /// The queue that a session shows: the default that was asked for, or the name that it tells for it.
    pub queue: &'static str,
    /// How it is told the skills "billing" and "de".
    pub skills: &'static str,
    /// The headers that prove a callback of this body.
    pub proof: fn(secret: &str, body: &[u8]) -> Headers,
    /// Settings that the kit adds to those of the simulated contact centre.
    pub settings: fn() -> Map<String, Value>,
    /// Settings without which another project's integration may point to the same simulator.
    pub not_shared: &'static [&'static str],
    /// A part of a text's callback, and what makes its type an unknown one.
    pub unknown_type: (&'static str, &'static str),
    /// A part of a text's callback, and what makes its content private, where there is such a thing.
    pub secure: Option<(&'static str, &'static str)>,
    /// What it lacks that its adapter's capabilities do not tell, and why.
    pub lacks: &'static [(Need, &'static str)],
}

/// Names of callbacks, as the simulator documents them.
#[derive(Debug, Clone, Copy)]
pub struct Kinds {
    /// A representative's text.
    pub text: &'static str,
    /// A representative is connected.
    pub joined: &'static str,
    /// What all callbacks about the life of a conversation begin with.
    pub lifecycle: &'static str,
    /// How many of those are held to be told backwards.
    pub held: usize,
}

impl Profile {
    /// What its adapter says that it can do.
    pub fn capabilities(&self) -> Capabilities {
        Adapters::inbound().get(self.provider).unwrap().capabilities()
    }

    /// Whether a callback with a wrong proof is told so; else it finds nothing.
    pub fn refuses_with(&self) -> u16 {
        if Adapters::inbound().get(self.provider).unwrap().signs_webhooks() { 401 } else { 404 }
    }
}

/// Every provider that is held to the list.
pub const PROFILES: &[Profile] = &[GENESYS, SERVICENOW, SMARTASSIST];

/// Those that have an adapter and are not held to the list yet, and what it waits for.
pub const AWAITED: &[(Provider, &str)] = &[
    (FIVE9, "the kit sends callbacks to one address, and each of its transfers has an address of its own"),
    (SALESFORCE, "the kit sends callbacks to a webhook, and it has none: only a partner event bus and our relay"),
];

const GENESYS: Profile = Profile {
    provider: transfer_providers::GENESYS,
    desk: |stack| stack.desk(transfer_providers::GENESYS).map(|desk| desk as &dyn Desk),
    kinds: Kinds { text: "webhook.text", joined: "lifecycle.acd.end", lifecycle: "lifecycle", held: 6 },
    opening_lines: 1,
    queue: "default",
    skills: "billing,de",
    proof: |secret, body| vec![("x-hub-signature-256", signature(secret, body))],
    settings: Map::new,
    not_shared: &["partnerSource"],
    unknown_type: (r#""type":"Text""#, r#""type":"Hologram""#),
    secure: None,
    lacks: &[
        (Need::Survey, "no survey event is known; ours runs after the representative has left"),
        (Need::SecureNotes, "its webhook carries nothing that is private"),
        (Need::NoAgents, "it tells an abandoned queue and then an end, with no reason of its own"),
    ],
};

const SERVICENOW: Profile = Profile {
    provider: transfer_providers::SERVICENOW,
    desk: |stack| stack.desk(transfer_providers::SERVICENOW).map(|desk| desk as &dyn Desk),
    kinds: Kinds { text: "message", joined: "joined", lifecycle: "*", held: 2 },
    opening_lines: 0,
    queue: "default",
    skills: "billing,de",
    proof: |secret, _| vec![("x-handoff-secret", secret.to_owned())],
    settings: || {
        let settings = json!({
            "priorityVariable": "u_priority", "queueVariable": "u_queue", "postAgentStep": true,
            "outsideHoursTexts": ["outside our opening hours"],
        });
        settings.as_object().cloned().unwrap()
    },
    not_shared: &[],
    unknown_type: (r#""uiType":"OutputText""#, r#""uiType":"ActionMsg","actionType":"Hologram""#),
    secure: Some((r#""maskType":"NONE""#, r#""maskType":"SECURE""#)),
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
    ],
};

const SMARTASSIST: Profile = Profile {
    provider: transfer_providers::SMARTASSIST,
    desk: |stack| stack.desk(transfer_providers::SMARTASSIST).map(|desk| desk as &dyn Desk),
    kinds: Kinds { text: "channel.text", joined: "relay.agent_joined", lifecycle: "relay", held: 2 },
    opening_lines: 0,
    queue: "Default Queue",
    skills: r#"["billing","de"]"#,
    proof: |secret, _| vec![("x-handoff-secret", secret.to_owned())],
    // The other ways to end it write a line of ours to the representative.
    settings: || json!({ "endMode": "closure" }).as_object().cloned().unwrap(),
    not_shared: &[],
    unknown_type: (r#""type":"text""#, r#""type":"event","eventType":"HOLOGRAM""#),
    secure: None,
    lacks: &[
        (Need::Token, "we sign its tokens ourselves; none is fetched"),
        (Need::FilesIn, "its channel has texts only: a file is its address"),
        (Need::Decline, "alerts inside the desk are not told"),
        (Need::WrapUp, "after-call work is not told"),
        (Need::Survey, "its channel does not tell a bot's text from a human's: a survey comes as the representative's"),
        (Need::SecureNotes, "its channel carries nothing that is private"),
        (Need::Signature, "a shared secret proves the sender, not the body"),
    ],
};
