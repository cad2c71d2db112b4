//! Whose session the work in hand is about, for logs and traces.

use tracing::Span;
use transfer_domain::{ProjectId, TransferId};

/// The field of a span that says whose session it is about.
pub const PROJECT_FIELD: &str = "project.id";
/// The field of a span that holds the transfer's uuid.
pub const SESSION_FIELD: &str = "transfer.id";

/// Says whose session the work in hand is about, from here on.
pub fn about_project(project: &ProjectId) {
    Span::current().record(PROJECT_FIELD, tracing::field::display(project));
}

/// Says which session the work in hand is about, from here on.
pub fn about_session(transfer: TransferId) {
    Span::current().record(SESSION_FIELD, tracing::field::display(transfer));
}
