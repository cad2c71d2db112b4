//! The contracts of the providers, from the side that listens: what each documented payload means, and what is refused.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod cases;
mod five9;
mod genesys;
mod hostile;
mod relay;
mod salesforce;
mod salesforce_hostile;
mod salesforce_status;
mod servicenow;
mod smartassist;
mod support;
mod target;
