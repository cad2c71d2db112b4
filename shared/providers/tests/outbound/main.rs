//! The calls, against a small server that answers as told: what is sent, and what each outcome allows.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod five9;
mod flavours;
mod genesys;
mod outcomes;
mod preparing;
mod salesforce;
mod salesforce_chat;
mod servicenow;
mod smartassist;
mod support;
mod taken;
mod waiting;
