//! The store against an embedded DynamoDB: every condition and its false branch.

mod commit;
mod create;
mod deliveries;
mod events;
mod faults;
mod forget;
mod integrations;
mod links;
mod list;
mod meter;
mod pages;
mod settings;
mod tasks;
mod world;
