//! The HTTP edge: requests into domain types, failures into problem documents.

mod action;
mod caller;
mod event;
mod fields;
mod known;
#[cfg(feature = "openapi")]
pub mod openapi;
mod problem;
mod record;
mod request;
mod respond;
mod route;
mod transcript;
mod voice;

pub use action::Action;
pub use caller::{Caller, Scope, authorize};
pub use event::{Gateway, GatewayEvent, answering};
pub use fields::Fields;
pub use known::{EntityTag, unless_known};
pub use problem::{FieldError, Kind, Problem};
pub use record::{QueueRecord, SessionRecord, optional_time, time};
pub use request::{
    MAX_BODY_BYTES, Query, contact_id, idempotency_key, json_body, optional_json_body, path_parameter, public_address,
    raw_body, session_id, source_address,
};
pub use respond::{
    MAX_PAGE_BYTES, bytes_in_answer, empty, json, json_lines, json_text, no_such_route, respond, text_in_answer,
};
pub use route::Route;
pub use transcript::{MessageRecord, TimelineRecord};
pub use voice::VoiceRecord;
