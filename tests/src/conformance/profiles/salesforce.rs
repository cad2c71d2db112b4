//! Salesforce: Bring Your Own Channel through our relay or over a partner event bus, and Enhanced Chat with a listener
//! of the customer's own that relays the stream.

use serde_json::json;
use simulators::bus::PartnerEvent;
use simulators::salesforce::{Package, Stream, Transport};
use transfer_providers::SALESFORCE;

use crate::conformance::{Kinds, Need, Plot, Profile, Secure, Site, Way, site};

const NO_CONTACT: (Need, &str) =
    (Need::Contact, "an opening tells what the channel's variables say, and none is for it");
const ALWAYS_AN_ID: (Need, &str) = (Need::Nameless, "each of its texts has an id");
const NO_PHRASES: (Need, &str) = (Need::Phrases, "an end is an event of its own, whatever is said");
const NO_QUEUE: (Need, &str) =
    (Need::NoAgents, "the package tells an end by the system, with a reason of its own only");

/// The kit's organisation whose Apex trigger posts platform events.
pub(in crate::conformance) fn relayed(plot: Plot) -> Site {
    byoc(plot, Transport::ApexCallout, Package::Posts)
        .with(&json!({ "eventTransport": "apex_callout", "partnerSource": null }))
}

/// The kit's organisation whose events all go over the bus.
pub(in crate::conformance) fn bus(plot: Plot) -> Site {
    byoc(plot, Transport::EventRelay, Package::Publishes)
}

/// The kit's organisation with Enhanced Chat.
pub(in crate::conformance) fn chat(plot: Plot) -> Site {
    site::salesforce_chat(plot, |org| org.chat.stream = Stream::Relayed)
        .with(&json!({ "eventTransport": "sse", "outboundTyping": true, "routingAttributes": ATTRIBUTES }))
}

const ATTRIBUTES: &[&str] = &["TransferId", "Summary", "Language", "Priority", "Queue", "Skills"];

fn byoc(plot: Plot, transport: Transport, package: Package) -> Site {
    site::salesforce_byoc(plot, |org| (org.transport, org.package) = (transport, package))
        .with(&json!({ "outboundTyping": true, "routingAttributes": ATTRIBUTES }))
}

/// A payload as the event relay carries it.
fn platform_event(source: &str, payload: &str) -> PartnerEvent {
    let fields = json!({ "EventType__c": "Interaction", "Payload__c": payload });
    PartnerEvent {
        source: source.to_owned(),
        detail_type: "Handoff_Outbound__e".to_owned(),
        detail: json!({ "payload": fields }),
        time_ms: 0,
    }
}

pub(in crate::conformance) const RELAYED: Profile = Profile {
    name: "salesforce byoc, relayed",
    provider: SALESFORCE,
    site: relayed,
    way: Way::Relay,
    kinds: Kinds {
        text: "event.message",
        joined: &["event.participant_changed", "package.agent_joined"],
        lifecycle: "package",
        held: 2,
    },
    opening_lines: 1,
    queue_signals: 1,
    renewals: 1,
    queue: "Support",
    skills: "billing,de",
    unknown_type: (r#""entryType":"Message""#, r#""entryType":"Hologram""#),
    secure: Some(Secure { open: r#""entryType":"Message""#, private: r#""entryType":"Note""#, noted: None }),
    speech: super::super::samples::salesforce::SPEECH,
    lacks: &[
        (Need::Hours, "it has no word of its own for being closed"),
        (Need::Moves, "its conversations stay where they are"),
        (Need::WrapUp, "routing is not told by default; the package knows nothing of it"),
        NO_CONTACT,
        NO_QUEUE,
        ALWAYS_AN_ID,
        NO_PHRASES,
    ],
    rows: super::super::map::salesforce::BYOC,
    alternatives: super::super::alternatives::salesforce::BYOC,
};

pub(in crate::conformance) const BUS: Profile = Profile {
    name: "salesforce byoc, over the bus",
    site: bus,
    way: Way::Bus(platform_event),
    lacks: &[
        (Need::Hours, "it has no word of its own for being closed"),
        (Need::Moves, "its conversations stay where they are"),
        (Need::Proof, "who can put events on the bus is trusted"),
        (Need::Signature, "who can put events on the bus is trusted"),
        (Need::Stamp, "who can put events on the bus is trusted"),
        (Need::Answer, "a bus answers nothing"),
        (Need::Order, "a bus keeps no order: texts written at one moment are kept as they arrive, each with its time"),
        (Need::Position, "the package's platform event has no field for it"),
        (Need::Wait, "the package's platform event has no field for it"),
        (Need::WrapUp, "routing is not told by default; the package knows nothing of it"),
        NO_CONTACT,
        NO_QUEUE,
        ALWAYS_AN_ID,
        NO_PHRASES,
    ],
    queue: "default",
    rows: &[],
    alternatives: &[],
    ..RELAYED
};

pub(in crate::conformance) const CHAT: Profile = Profile {
    name: "salesforce enhanced chat",
    site: chat,
    opening_lines: 0,
    // The expected wait and the place, each by an entry of the stream; the name by the package.
    queue_signals: 3,
    // One that continues the refused one, which is refused as well, and one for the same device.
    renewals: 2,
    unknown_type: (r#"\"entryType\":\"Message\""#, r#"\"entryType\":\"Hologram\""#),
    secure: None,
    lacks: &[
        (Need::Hours, "it has no word of its own for being closed"),
        (Need::Moves, "its conversations stay where they are"),
        (Need::SecureNotes, "whispers do not stand in the stream"),
        (Need::WrapUp, "routing is not told by default; the package knows nothing of it"),
        (Need::OpeningAnswer, "the conversation bears our name, so nothing has to be read in the answer"),
        NO_QUEUE,
        ALWAYS_AN_ID,
        NO_PHRASES,
    ],
    rows: super::super::map::salesforce::CHAT,
    alternatives: super::super::alternatives::salesforce::CHAT,
    ..RELAYED
};
