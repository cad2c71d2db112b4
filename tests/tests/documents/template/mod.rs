//! The template and the code say the same: what differs fails here, not at a deployment.

mod alarms;
mod encryption;
mod environment;
mod functions;
mod lasting_table;
mod permissions;
mod reading;
mod routes;
mod table;
mod trust;
mod wiring;

pub(crate) use routes::scope_of;
