//! The simulators by themselves, against a small receiver in place of the platform.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    unreachable_pub,
    reason = "this whole crate is tests, its helpers included"
)]

mod chat;
mod chat_site;
mod faults;
mod five9_classic;
mod five9_open_messaging;
mod five9_rules;
mod five9_sites;
mod genesys_rules;
mod genesys_script;
mod org;
mod receiver;
mod salesforce_events;
mod salesforce_rules;
mod salesforce_script;
mod servicenow_rules;
mod servicenow_script;
mod sites;
mod smartassist_rules;
mod smartassist_script;
mod smartassist_sites;
mod support;
