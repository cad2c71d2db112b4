//! Kore.ai SmartAssist: texts by a webhook channel, the life of a conversation through our relay.

use serde_json::json;
use simulators::smartassist::SmartAssistConfig;
use transfer_providers::SMARTASSIST;

use crate::conformance::{Kinds, Need, Plot, Profile, Site, Way, site};

/// The kit's account, which may be asked who is there. The other ways to end a conversation write a line of ours to the
/// representative.
pub(in crate::conformance) fn account(plot: Plot) -> Site {
    asked(plot, |_| {}).with(&json!({ "availabilityCheck": true }))
}

/// An account whose public interface may be asked.
pub(in crate::conformance) fn asked(plot: Plot, change: impl FnOnce(&mut SmartAssistConfig)) -> Site {
    let host = plot.url();
    site::smartassist(plot, change)
        .with(&json!({ "endMode": "closure", "host": host, "accountId": "account-1" }))
        .knowing(&json!({ "restClientId": "rest-client", "restClientSecret": "rest-client-secret" }))
}

pub(in crate::conformance) const PROFILE: Profile = Profile {
    name: "smartassist",
    provider: SMARTASSIST,
    site: account,
    way: Way::Webhook(|secret, _| vec![("x-handoff-secret", secret.to_owned())]),
    kinds: Kinds { text: "channel.text", joined: &["relay.agent_joined"], lifecycle: "relay", held: 2 },
    opening_lines: 0,
    queue_signals: 1,
    renewals: 1,
    queue: "Default Queue",
    skills: r#"["billing","de"]"#,
    unknown_type: (r#""type":"text""#, r#""type":"event","eventType":"HOLOGRAM""#),
    secure: None,
    speech: super::super::samples::smartassist::SPEECH,
    lacks: &[
        (Need::Hours, "it has no word of its own for being closed"),
        (Need::Token, "we sign its tokens ourselves; none is fetched"),
        (Need::Renewal, "we sign its tokens ourselves; none is fetched"),
        (Need::FilesIn, "its channel has texts only: a file is its address"),
        (Need::Decline, "alerts inside the desk are not told"),
        (Need::WrapUp, "after-call work is not told"),
        (Need::Survey, "its channel does not tell a bot's text from a human's: a survey comes as the representative's"),
        (Need::SecureNotes, "its channel carries nothing that is private"),
        (Need::Signature, "a shared secret proves the sender, not the body"),
        (Need::Stamp, "a shared secret proves the sender, not the time"),
        (Need::Moves, "its conversations stay where they are"),
        (Need::Phrases, "an end is an event of its own, whatever is said"),
        (Need::Speakers, "its channel does not tell a bot's text from a human's"),
    ],
    rows: super::super::map::smartassist::ROWS,
    alternatives: super::super::alternatives::smartassist::ALTERNATIVES,
};
