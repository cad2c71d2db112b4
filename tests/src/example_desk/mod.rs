//! A contact centre that nobody has, and the smallest adapter for it: what a further provider has to bring.
//!
//! It lives outside the crates of the service, so what it compiles against is all that an adapter needs.

mod adapter;
mod desk;

pub use adapter::{ADAPTER, EXAMPLE_DESK};
pub use desk::{Conversation, Desk};
