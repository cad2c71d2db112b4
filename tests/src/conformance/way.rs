//! How a provider's callbacks travel to us.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use simulators::bus::PartnerEvent;
use simulators::{Control, Handle, relay};

use super::{Bench, Transfer};
use crate::api::Answer;

/// Headers of a callback.
pub type Headers = Vec<(&'static str, String)>;

/// What all paths of webhooks begin with.
const WEBHOOKS: &str = "/v1/webhooks/";
/// Where a vendor's own body goes behind our relay's signature.
const RAW: &str = "/raw";
/// A secret of the form of ours that nobody gave out.
static NOBODYS: LazyLock<String> = LazyLock::new(|| format!("whsec_{}", STANDARD.encode([7; 32])));

/// What an integration tells its provider: where callbacks go, and what proves them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// The webhook, with the secret in its path.
    pub webhook_url: String,
    /// What signs or accompanies a webhook's callback.
    pub signing_secret: String,
    /// The relay.
    pub relay_url: String,
    /// What signs what is relayed.
    pub relay_secret: String,
}

impl Keys {
    /// Tells a contact centre where its callbacks go from now on.
    pub(super) fn tell(&self, desk: &Handle<dyn Control>) {
        desk.set_webhook(&self.webhook_url, &self.signing_secret);
        desk.set_relay(&self.relay_url, &self.relay_secret);
    }

    /// From the answer to the request that made them.
    pub(super) fn of(answer: &Answer) -> Self {
        Self {
            webhook_url: answer.str("webhookUrl"),
            signing_secret: answer.str("signingSecret"),
            relay_url: answer.str("relayUrl"),
            relay_secret: answer.str("relaySecret"),
        }
    }
}

/// Where a callback about one conversation goes, and what proves it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// An URL, or the partner event source of a bus.
    pub url: String,
    /// What signs or accompanies it, if anything does.
    pub secret: String,
}

/// How callbacks travel.
#[derive(Debug, Clone, Copy)]
pub enum Way {
    /// To the integration's webhook: a secret stands in its path, and headers may prove more.
    Webhook(fn(secret: &str, body: &[u8]) -> Headers),
    /// To an address of each conversation's own, told at its opening; a secret stands in its path.
    OwnAddress,
    /// Through our relay, signed.
    Relay,
    /// Over a partner event bus: whoever can put events on it is trusted, and nothing is answered.
    Bus(fn(source: &str, body: &str) -> PartnerEvent),
}

impl Way {
    /// Where the representative's texts in a conversation go. `named` is the name of the conversation in the path,
    /// where it stands there.
    pub(super) fn address(self, transfer: &Transfer<'_>, keys: &Keys, named: &str) -> Address {
        let secret = String::new();
        match self {
            Self::Webhook(_) => Address { url: keys.webhook_url.clone(), secret: keys.signing_secret.clone() },
            Self::Relay => Address { url: format!("{}{RAW}", keys.relay_url), secret: keys.relay_secret.clone() },
            Self::OwnAddress => {
                let url = format!("{}/conversations/{named}/message", transfer.callback_url());
                Address { url, secret }
            }
            Self::Bus(_) => Address { url: transfer.bench().partner_source(), secret },
        }
    }

    /// The headers that prove a body.
    pub(super) fn proof(self, bench: &Bench, address: &Address, body: &str) -> Headers {
        match self {
            Self::Webhook(proof) => proof(&address.secret, body.as_bytes()),
            Self::OwnAddress | Self::Bus(_) => Vec::new(),
            Self::Relay => {
                let (id, now) = (format!("evt-{}", bench.next()), bench.stack().service().now().timestamp());
                let signature = relay::signature(&address.secret, &id, now, body.as_bytes()).unwrap();
                vec![("webhook-id", id), ("webhook-timestamp", now.to_string()), ("webhook-signature", signature)]
            }
        }
    }

    /// The address as somebody has it who was not told the secret.
    pub(super) fn forged(self, address: &Address) -> Address {
        if self.has_headers() {
            return Address { secret: NOBODYS.clone(), ..address.clone() };
        }
        let nobodys = "n".repeat(path_secret(&address.url).len());
        with_path(address, |[_, _, secret]| *secret = nobodys)
    }

    /// The address of ours as somebody has it who knows the secret of another integration only.
    pub(super) fn confused(self, ours: &Address, theirs: &Address) -> Address {
        if self.has_headers() {
            return Address { secret: theirs.secret.clone(), ..ours.clone() };
        }
        with_path(ours, |[_, _, secret]| *secret = path_secret(&theirs.url))
    }

    /// Where a callback without any proof goes.
    pub(super) fn unproven(self, address: &Address) -> String {
        if self.has_headers() {
            return address.url.clone();
        }
        with_path(address, |[_, _, secret]| secret.clear()).url.replace("//", "/").replacen(":/", "://", 1)
    }

    /// Addresses at which nothing is, and what they answer.
    pub(super) fn nowhere(self, address: &Address) -> Vec<(Address, u16)> {
        let upper = path_secret(&address.url).to_uppercase();
        match self {
            Self::Webhook(_) | Self::OwnAddress => vec![
                (with_path(address, |[_, _, secret]| "wrong".clone_into(secret)), 404),
                (with_path(address, |[_, _, secret]| *secret = upper), 404),
                (with_path(address, |[_, integration, _]| "int-0".clone_into(integration)), 404),
                (with_path(address, |[provider, _, _]| "nobody".clone_into(provider)), 404),
            ],
            // All that is not proven has one answer there.
            Self::Relay => vec![
                (with_path(address, |[_, integration, _]| "int-0".clone_into(integration)), 401),
                (with_path(address, |[_, _, kind]| "cooked".clone_into(kind)), 404),
            ],
            Self::Bus(_) => Vec::new(),
        }
    }

    /// What a callback is answered whose path holds for nobody any more.
    pub(super) fn refuses_old_paths_with(self) -> u16 {
        if matches!(self, Self::Relay) { 401 } else { 404 }
    }

    /// What an authentic callback is answered about a session that does not exist. Where the address is the session's
    /// own, there is no such address.
    pub(super) fn answers_the_unknown_with(self) -> u16 {
        if matches!(self, Self::OwnAddress) { 404 } else { 200 }
    }

    /// Whether the path alone says what happened, so that a body may be missing.
    pub(super) fn says_it_in_the_path(self) -> bool {
        matches!(self, Self::OwnAddress)
    }

    /// Whether something beside the path proves a callback.
    pub(super) fn has_headers(self) -> bool {
        match self {
            Self::Webhook(proof) => !proof("", b"").is_empty(),
            Self::Relay => true,
            Self::OwnAddress | Self::Bus(_) => false,
        }
    }
}

/// The segment of the path that is, or may be, a secret.
fn path_secret(url: &str) -> String {
    url.split_once(WEBHOOKS).and_then(|(_, path)| path.split('/').nth(2)).unwrap_or_default().to_owned()
}

/// The same address with a change in what follows `/v1/webhooks/`: provider, integration and secret.
fn with_path(address: &Address, change: impl FnOnce(&mut [String; 3])) -> Address {
    let (base, path) = address.url.split_once(WEBHOOKS).unwrap();
    let mut segments = path.splitn(4, '/').map(str::to_owned);
    let mut first = [(); 3].map(|()| segments.next().unwrap());
    change(&mut first);
    let path: Vec<String> = first.into_iter().chain(segments).collect();
    Address { url: format!("{base}{WEBHOOKS}{}", path.join("/")), secret: address.secret.clone() }
}
