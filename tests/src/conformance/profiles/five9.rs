//! Five9, in both generations of its interface. Nothing of it is signed.

use serde_json::{Value, json};
use transfer_providers::FIVE9;

use crate::conformance::{Kinds, Need, Plot, Profile, Site, Way, site};

const NO_ALERTS: (Need, &str) = (Need::Decline, "alerts inside the desk are not told");
const NO_STOP: (Need, &str) = (Need::TypingStop, "that typing stops is not told");
const NO_ENDER: (Need, &str) = (Need::Ender, "an end does not say by whom; nearly always it is the representative");
const NO_WRAP_UP: (Need, &str) = (Need::WrapUp, "after-call work comes by a service of its own that is out of scope");
const NO_SURVEY: (Need, &str) = (Need::Survey, "no survey event is known; ours runs after the end");
const NO_NOTES: (Need, &str) = (Need::SecureNotes, "its callbacks carry nothing that is private");
const NO_AGENTS: (Need, &str) = (Need::NoAgents, "nothing tells that nobody is there");
const NO_FLOW: (Need, &str) = (Need::FlowTexts, "texts of its flow are not told");
const NO_SIGNATURE: (Need, &str) = (Need::Signature, "a secret in the path proves the sender, not the body");
const NO_STAMP: (Need, &str) = (Need::Stamp, "a secret in the path proves the sender, not the time");
const NO_SPEAKERS: (Need, &str) = (Need::Speakers, "it tells a representative's texts only");
const NO_PHRASES: (Need, &str) = (Need::Phrases, "an end is an event of its own, whatever is said");
const NO_LISTS: (Need, &str) = (Need::Lists, "its texts have no lists");
const NUMBERS: (Need, &str) = (Need::TextIds, "its ids are numbers");
const ONE_EVENT: (Need, &str) = (Need::Items, "a callback tells one event");
const ONE_SHOWN: (Need, &str) = (Need::Several, "of others beside the one who accepted it tells no certain sign");

/// Call variables for all that a transfer may tell.
fn aliases() -> Value {
    json!({
        "attributeLanguage": "Custom.language", "attributeSkills": "Custom.skills", "attributeQueue": "Custom.queue",
    })
}

/// The kit's classic tenant.
pub(in crate::conformance) fn classic(plot: Plot) -> Site {
    let settings = json!({ "sendPriority": true, "sendAcks": true, "fieldAliases": aliases() });
    site::five9_classic(plot, |_| {}).with(&settings)
}

/// The kit's domain of Open Messaging.
pub(in crate::conformance) fn open_messaging(plot: Plot) -> Site {
    site::five9_open_messaging(plot, |_| {}).with(&json!({ "fieldAliases": aliases() }))
}

pub(in crate::conformance) const CLASSIC: Profile = Profile {
    name: "five9 classic",
    provider: FIVE9,
    site: classic,
    way: Way::OwnAddress,
    kinds: Kinds { text: "message", joined: &["accept"], lifecycle: "*", held: 2 },
    opening_lines: 0,
    queue_signals: 1,
    renewals: 1,
    queue: "default",
    skills: "billing,de",
    unknown_type: ("/message", "/hologram"),
    secure: None,
    speech: super::super::samples::five9::CLASSIC,
    lacks: &[
        (Need::Hours, "it has no word of its own for being closed"),
        (Need::Renewal, "a token is the conversation's own: one that is refused means that the conversation is gone"),
        (Need::QueueTransfer, "no event tells it; the next one names another representative"),
        (Need::Name, "the conversation's name may be its token: a digest of it is shown, once the opening is answered"),
        NO_STOP,
        NO_ENDER,
        NO_ALERTS,
        NO_WRAP_UP,
        NO_SURVEY,
        NO_NOTES,
        NO_AGENTS,
        NO_FLOW,
        NO_SIGNATURE,
        NO_STAMP,
        NO_SPEAKERS,
        NO_PHRASES,
        NO_LISTS,
        NUMBERS,
        ONE_EVENT,
        ONE_SHOWN,
    ],
    rows: super::super::map::five9::CLASSIC,
    alternatives: super::super::alternatives::five9::CLASSIC,
};

pub(in crate::conformance) const OPEN_MESSAGING: Profile = Profile {
    name: "five9 open messaging",
    provider: FIVE9,
    site: open_messaging,
    way: Way::Webhook(|_, _| Vec::new()),
    kinds: Kinds { text: "message", joined: &["accept"], lifecycle: "*", held: 2 },
    opening_lines: 0,
    queue_signals: 1,
    renewals: 1,
    queue: "default",
    skills: "billing,de",
    unknown_type: (r#""eventType":"MESSAGE""#, r#""eventType":"HOLOGRAM""#),
    secure: None,
    speech: super::super::samples::five9::OPEN_MESSAGING,
    lacks: &[
        (Need::Hours, "it has no word of its own for being closed"),
        (Need::Priority, "an opening has no field for it"),
        (Need::Contact, "an opening has no field for it"),
        (Need::Receipts, "no call for receipts is known"),
        (Need::FilesIn, "nothing is known of files: one comes as its address"),
        (Need::Moves, "its conversations stay where they are"),
        NO_STOP,
        NO_ENDER,
        NO_ALERTS,
        NO_WRAP_UP,
        NO_SURVEY,
        NO_NOTES,
        NO_AGENTS,
        NO_FLOW,
        NO_SIGNATURE,
        NO_STAMP,
        NO_SPEAKERS,
        NO_PHRASES,
        NO_LISTS,
        NUMBERS,
        ONE_EVENT,
        ONE_SHOWN,
    ],
    rows: super::super::map::five9::OPEN_MESSAGING,
    alternatives: super::super::alternatives::five9::OPEN_MESSAGING,
};
