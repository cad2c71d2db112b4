//! Genesys Cloud: texts by a signed webhook, the life of a conversation over a partner event bus.

use simulators::genesys::signature;
use transfer_providers::GENESYS;

use crate::conformance::{Kinds, Need, Profile, Way, site};

pub(in crate::conformance) const PROFILE: Profile = Profile {
    name: "genesys",
    provider: GENESYS,
    site: |plot| site::genesys(plot, |_| {}),
    way: Way::Webhook(|secret, body| vec![("x-hub-signature-256", signature(secret, body))]),
    kinds: Kinds { text: "webhook.text", joined: &["lifecycle.acd.end"], lifecycle: "lifecycle", held: 6 },
    opening_lines: 1,
    queue_signals: 1,
    renewals: 1,
    queue: "default",
    skills: "billing,de",
    unknown_type: (r#""type":"Text""#, r#""type":"Hologram""#),
    secure: None,
    speech: super::super::samples::genesys::SPEECH,
    lacks: &[
        (Need::Hours, "it has no word of its own for being closed"),
        (Need::Survey, "no survey event is known; ours runs after the representative has left"),
        (Need::SecureNotes, "its webhook carries nothing that is private"),
        (Need::NoAgents, "it tells an abandoned queue and then an end, with no reason of its own"),
        (Need::Stamp, "its signature covers the body only; a repetition is recognised by its id"),
        (Need::Moves, "its conversations stay where they are"),
        (Need::Nameless, "each of its texts has an id"),
        (Need::Phrases, "an end is an event of its own, whatever is said"),
        (Need::Names, "its webhook names nobody"),
    ],
    rows: super::super::map::genesys::ROWS,
    alternatives: super::super::alternatives::genesys::ALTERNATIVES,
};
