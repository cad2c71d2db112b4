//! A small world without an HTTP gateway.
//!
//! [`World`] has the machines that outlive a process: the table, the bus, the queues, the secrets, the contact centre
//! and the clock. A [`Process`] is what a freshly started function has in memory: clients, caches, tokens. Everything
//! that a process calls goes through fault proxies that share [`World::faults`].

mod case;
mod centre;
mod clients;
mod clock;
mod feed;
mod look;
mod pump;
mod requests;
mod world;

pub use case::{Case, Stage};
pub use centre::{Centre, GENESYS_ORGANISATION, PARTNER_SOURCE};
pub use clock::{TestClock, TestIds, start_of_time};
pub use feed::Feed;
pub use look::{EventSeen, Row};
pub use requests::{Answer, ApiRequest, answer_of};
pub use world::{
    BUS, COMMAND_QUEUE, DEAD_LETTERS, GENESYS_SECRET, NOTICE_QUEUE, PARKED_QUEUE, PATH_SECRET, PROJECT, Process,
    RELAY_SECRET, TABLE, TICK_QUEUE, World,
};
