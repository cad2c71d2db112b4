//! Time and identity, injected: the domain asks, it never looks.

use std::fmt::Debug;

use chrono::{DateTime, Utc};

use crate::TransferId;

/// The moment that a decision is made at.
pub trait Clock: Debug + Send + Sync {
    /// Now, to the millisecond.
    fn now(&self) -> DateTime<Utc>;
}

/// Where new ids and secrets come from.
pub trait Ids: Debug + Send + Sync {
    /// A new transfer id. Version 7 of `now`, so that ids sort by creation time.
    fn transfer_id(&self, now: DateTime<Utc>) -> TransferId;

    /// 256 bits nobody can guess, in URL-safe base64 without padding.
    fn secret(&self) -> String;

    /// A uniform number in `0.0..1.0`, for jitter.
    fn fraction(&self) -> f64;
}
