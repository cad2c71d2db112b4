//! The contact centres: one folder a provider, verification and parsing apart from calls.
//!
//! * [`Inbound`] is a provider; bound to an integration's settings it is [`Bound`], which authenticates and parses. No
//!   network, no clock.
//! * `Outbound` and `Calls` (feature `outbound`) are the same for calls, which a `ProviderClient` executes.
//! * [`Adapters`] are the providers that a program works with.
//! * [`building`] is what adapters are built with.
//! * [`relay`] is our own webhook contract, for senders that are none of the providers.
//!
//! An adapter is the type of its integrations' settings, and its folder has the same files as every other's:
//!
//! * `mod.rs`: what the provider is and can do ([`Provides`]).
//! * `settings.rs`: the fields of an integration, each said once ([`building::Typed`]); in `settings/` what values they have
//!   that only this provider knows, and the tests of the table.
//! * `inbound/`: what it tells, and what proves it ([`Bound`]). `content.rs` reads what a message consists of.
//! * `outbound/`: what it is asked (`Calls`, `Interface`). `body.rs` has the documents that are sent, `look.rs` reads how a
//!   conversation stands.
//!
//! What holds for all of them stands beside the folders: `told.rs` makes events, `said.rs` renders what is sent,
//! `reading.rs` reads documents, `draft` checks settings, `client` makes the calls.

mod adapter;
pub mod building;
mod carriage;
#[cfg(feature = "outbound")]
mod client;
mod draft;
#[cfg(feature = "outbound")]
mod event;
mod five9;
mod genesys;
mod hosts;
mod html;
#[cfg(feature = "outbound")]
mod interface;
#[cfg(feature = "outbound")]
mod outbound;
mod port;
mod reading;
mod registry;
pub mod relay;
#[cfg(feature = "outbound")]
mod said;
mod salesforce;
mod secret;
mod servicenow;
mod signing;
mod smartassist;
mod told;

pub use adapter::{AdapterOf, Provides};
pub use carriage::{Carriage, Carried, Told};
#[cfg(feature = "outbound")]
pub use client::{Admission, Answer, Call, Pauses, ProviderClient, Wire};
#[cfg(feature = "outbound")]
pub use event::signed_event;
pub use hosts::{event_url, is_public};
#[cfg(feature = "outbound")]
pub use interface::{Calls, Interface};
#[cfg(feature = "outbound")]
pub use outbound::*;
pub use port::*;
pub use registry::{Adapter, Adapters};
pub use signing::{SIGNING_SECRET_PREFIX, is_signing_secret, signing_secret};
pub use {five9::FIVE9, genesys::GENESYS, salesforce::SALESFORCE, servicenow::SERVICENOW, smartassist::SMARTASSIST};
