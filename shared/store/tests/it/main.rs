//! The store against an embedded DynamoDB: every condition and its false branch.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::wildcard_enum_match_arm,
    reason = "the functions that tests share count as tests, which the lint's own exception does not see"
)]

mod commit;
mod create;
mod deliveries;
mod due;
mod erase;
mod events;
mod faults;
mod forget;
mod integrations;
mod kept;
mod links;
mod list;
mod meter;
mod pages;
mod receipts;
mod settings;
mod tasks;
mod world;
