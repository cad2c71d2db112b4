//! The calls, answered by documents: what is sent, and what each outcome allows.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![expect(clippy::needless_pass_by_value, reason = "a test writes its settings where it needs them")]

mod five9;
mod flavours;
mod genesys;
mod http;
mod outcomes;
mod preparing;
mod salesforce;
mod salesforce_chat;
mod servicenow;
mod smartassist;
mod support;
mod taken;
mod waiting;
