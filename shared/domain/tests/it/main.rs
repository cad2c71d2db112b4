//! The rules, from outside: decisions about a session, and what follows from them.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::wildcard_enum_match_arm,
    reason = "a test may"
)]

mod bounds;
mod commands;
mod courtesy;
mod due;
mod erase;
mod hand_back;
mod hold;
mod inbox;
mod orders;
mod outcome;
mod record;
mod results;
mod retry;
mod session_life;
mod setup;
mod standing;
mod tick;
mod voice;
