//! The contact centres: one folder a provider, verification and parsing apart from calls.
//!
//! * [`inbound`] gives the pure half of a provider: validate, authenticate, parse. No network, no clock.
//! * `outbound` (feature `outbound`) gives the calling half, over a `Caller`.
//! * [`relay`] is our own webhook contract, for senders that are none of the providers.

#[cfg(feature = "outbound")]
mod caller;
mod draft;
mod five9;
mod genesys;
mod hosts;
#[cfg(feature = "outbound")]
mod outbound;
mod port;
mod reading;
mod registry;
pub mod relay;
mod salesforce;
mod secret;
mod servicenow;
mod smartassist;

#[cfg(feature = "outbound")]
pub use caller::{Caller, CallerFault};
pub use hosts::is_public;
#[cfg(feature = "outbound")]
pub use outbound::*;
pub use port::*;
pub use registry::inbound;
#[cfg(feature = "outbound")]
pub use registry::outbound;
