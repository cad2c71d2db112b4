//! The contact centres: one folder a provider, verification and parsing apart from calls.

#[cfg(feature = "outbound")]
mod caller;
mod draft;
mod hosts;
#[cfg(feature = "outbound")]
mod outbound;
mod port;
mod reading;
mod secret;

#[cfg(feature = "outbound")]
pub use caller::{Caller, CallerFault};
pub use hosts::is_public;
#[cfg(feature = "outbound")]
pub use outbound::*;
pub use port::*;
