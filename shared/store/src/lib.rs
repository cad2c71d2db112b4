//! The DynamoDB table: keys, rows, conditions and what each access costs.
//!
//! A [`Store`] commits the decisions of `transfer_domain` as conditional writes and answers the questions that the
//! functions ask. What it promises:
//!
//! * One accepted decision is one write: everything a [`transfer_domain::Transition`] names is committed in one
//!   transaction, on the condition that the session is still at the version the decision was made on and that its
//!   time to live is not over. Nothing is ever written to an expired session.
//! * Time is given, never looked up: an expired row that DynamoDB has not removed yet counts as absent, or is handed
//!   out to be judged by its `expires_at` where the caller must tell 410 from 404.
//! * A write whose answer was lost is recognised when it is repeated and counts as done, not as a conflict.
//! * No error, log line or `Debug` output of this crate carries a key or a value.
//!
//! Where rows stand and which index answers which question is written in [`mod@keys`], how rows look in `rows`.
//! Throttling and conflicts are retried here, briefly; what is left is [`StoreError::Unavailable`].

mod batch;
mod call;
mod calls;
mod columns;
mod commit;
mod counts;
mod create;
mod cursor;
mod delivery;
mod document;
mod endpoints;
mod erase;
mod error;
mod events;
mod feed;
mod forget;
mod health;
mod image;
mod index;
mod integrations;
pub mod keys;
mod linked;
mod list;
mod messages;
mod meter;
mod packed;
mod receipts;
mod relayed;
mod retry;
mod rows;
mod sessions;
mod settings;
mod store;
mod tasks;
mod transact;
mod transaction;

pub use commit::Commit;
pub use counts::Counts;
pub use create::{Created, Idempotency};
pub use cursor::{Listed, Page};
pub use endpoints::endpoint_from_image;
pub use erase::{Contacted, Erased};
pub use error::{ListError, StoreError};
pub use events::{Applied, AppliedTo};
pub use feed::{FeedCursor, FeedEntry, FeedPage, InvalidFeedCursor, VISIBLE_WITHIN};
pub use forget::Forgotten;
pub use image::{RowType, health_from_image, row_type, session_from_image, settled_from_image};
pub use index::{DueFrom, DuePage, DueSession};
pub use integrations::{PutIntegration, Stage};
pub use linked::Parking;
pub use list::{Listing, SessionFilter};
pub use meter::{Access, Consumed, Meter};
pub use receipts::Receipted;
pub use relayed::Relayed;
pub use sessions::WholeSession;
pub use settings::{Put, Versioned};
pub use store::Store;
pub use tasks::Upserted;
pub use transact::{Decision, Transacted};
