//! What the kit has to be told of each provider.

use transfer_domain::Provider;
use transfer_providers::{Adapters, Capabilities};

use super::profiles::{five9, genesys, salesforce, servicenow, smartassist};
use super::{Alternative, Need, Plot, Row, Site, Speech, Way};

/// One provider, in one of its products and with one way of its callbacks.
#[derive(Debug, Clone, Copy)]
pub struct Profile {
    /// The column's name; begins with the provider's.
    pub name: &'static str,
    /// Which.
    pub provider: Provider,
    /// Its contact centre.
    pub site: fn(Plot) -> Site,
    /// How its callbacks travel.
    pub way: Way,
    /// What its simulator calls its callbacks.
    pub kinds: Kinds,
    /// How many lines of the contact the opening itself shows to the representative.
    pub opening_lines: usize,
    /// How many signals tell of one queue; the first to arrive may tell all of it.
    pub queue_signals: usize,
    /// How many requests for a token follow one that was refused.
    pub renewals: usize,
    /// The queue that a session shows: the default that was asked for, or the name that it tells for it.
    pub queue: &'static str,
    /// How it is told the skills "billing" and "de".
    pub skills: &'static str,
    /// A part of a text's callback (of its body or of its path), and what makes its type an unknown one.
    pub unknown_type: (&'static str, &'static str),
    /// How its callbacks mark what is private, where there is such a thing.
    pub secure: Option<Secure>,
    /// How its callbacks say things.
    pub speech: Speech,
    /// What it lacks that its adapter's capabilities do not tell, and why.
    pub lacks: &'static [(Need, &'static str)],
    /// The rows of its contract's status map.
    pub rows: &'static [Row],
    /// The alternatives of its settings.
    pub alternatives: &'static [Alternative],
}

/// Names of callbacks, as the simulator documents them.
#[derive(Debug, Clone, Copy)]
pub struct Kinds {
    /// A representative's text.
    pub text: &'static str,
    /// A representative is connected.
    pub joined: &'static [&'static str],
    /// What all callbacks about the life of a conversation begin with.
    pub lifecycle: &'static str,
    /// How many of those are held to be told backwards.
    pub held: usize,
}

/// How a private message differs from another one.
#[derive(Debug, Clone, Copy)]
pub struct Secure {
    /// A part of a text's callback.
    pub open: &'static str,
    /// What stands there in a private one.
    pub private: &'static str,
    /// What the timeline says of it; `None` if it is not even noted.
    pub noted: Option<&'static str>,
}

impl Profile {
    /// What its adapter says that it can do.
    pub fn capabilities(&self) -> Capabilities {
        Adapters::inbound().get(self.provider).unwrap().capabilities()
    }

    /// What a callback with a wrong proof is answered.
    pub fn refuses_with(&self) -> u16 {
        let signs = Adapters::inbound().get(self.provider).unwrap().signs_webhooks();
        if signs || matches!(self.way, Way::Relay) { 401 } else { 404 }
    }
}

/// Every provider, in each of the forms that are held to the list.
pub const PROFILES: &[Profile] = &[
    genesys::PROFILE,
    servicenow::PROFILE,
    smartassist::PROFILE,
    five9::CLASSIC,
    five9::OPEN_MESSAGING,
    salesforce::RELAYED,
    salesforce::BUS,
    salesforce::CHAT,
];
