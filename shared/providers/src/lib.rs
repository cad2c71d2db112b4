//! The contact centres: one folder a provider, verification and parsing apart from calls.

mod port;

pub use port::*;
