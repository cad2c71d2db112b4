//! What a function says about its operations: the words and schemas that the description of the API is put together
//! from. Compiled only where that is done; no function carries it.

mod answers;
pub mod examples;
mod failures;
mod limits;
mod operation;
mod parameters;
mod schemas;

pub use answers::{etag, go_on_after, location, next_cursor, next_page};
pub use failures::{failure_responses, gateway_answer};
pub use limits::{
    at_least, distinct, email, https_url, items, length, line, maximum, min_length, one_of, position, range, text,
};
pub use operation::Operation;
pub use parameters::{header, page_limit, position as page_position, query, wait_seconds};
pub use schemas::{Schemas, Shape, moment};
