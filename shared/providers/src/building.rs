//! What an adapter is built with: typed settings with a pointer to each fault, lenient reading, careful calls.

#[cfg(feature = "outbound")]
pub use crate::client::{
    Answer, Api, Call, ClientIn, Failure, Failures, Meaning, Proof, Shape, Signs, TokenRequest, TokenSource,
};
pub use crate::draft::{Credential, Faults, Fields, Form, Given, Kind, Preset, Setting, Typed, When, stored, validate};
pub use crate::hosts::base_url;
#[cfg(feature = "outbound")]
pub use crate::outbound::{base, below};
pub use crate::reading::{attachment, json_object, source_id, target, text, time};
pub use crate::settings;
pub use crate::told::{correlation, event, place};
