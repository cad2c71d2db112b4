//! Reading JSON that strangers wrote, strictly, and saying what does not fit without saying what was sent.
//!
//! `serde_json` takes the last of two fields of one name and a list where an object should stand, and its words name
//! Rust types and repeat values. What two readers understand differently must not pass, and neither types nor secrets
//! belong in an answer.

mod characters;
mod fitting;
mod reading;

pub use characters::{half_characters, whole_characters};
pub use fitting::{Strict, Unfit};
pub use reading::{MAX_DEPTH, Unreadable, read_object};
