//! What this function says about its operation.

use serde_json::{Value, json};
use transfer_http::openapi::{Operation, examples, moment, next_cursor, next_page, page_limit, page_position, query};
use transfer_http::{Kind, MessageRecord, Scope, TimelineRecord};
use utoipa::openapi::Required;
use utoipa::openapi::path::HttpMethod;

use crate::wire::Line;
use crate::{DEFAULT_LIMIT, MAX_LIMIT};

const DESCRIPTION: &str = "The sessions that were requested from one moment until before another, newest first, each \
with its messages and its timeline as a line of JSON (JSON Lines). Only sessions whose retention is not over are there.

Paging is stable while sessions are created and change. A page is bounded by `limit` and by bytes and may have fewer \
lines than `limit` although more follow, even none: go on by `Link` or `Next-Cursor` until there is none. Of a session \
that is too large for a line, `rest` tells the paths where it goes on.";

/// The operation.
pub fn operations() -> Vec<Operation> {
    let export = Operation::new(HttpMethod::Get, "/v1/projects/{projectId}/transfers/export", Scope::TransfersExport)
        .named("Privacy", "exportTransfers")
        .does("Export transfers", DESCRIPTION)
        .takes([
            query("from", "Requested at this moment or later.", moment()).required(Required::True),
            query("to", "Requested before this moment.", moment()).required(Required::True),
            page_limit(DEFAULT_LIMIT, MAX_LIMIT),
            page_position("cursor", "`Next-Cursor` of the page before."),
        ])
        .mentions::<MessageRecord<'_>>()
        .mentions::<TimelineRecord<'_>>()
        .answers_lines_of::<Line<'_>>(200, "A page; each of its lines is an `ExportedTransfer`.", line())
        .with_header("Link", &next_page())
        .with_header("Next-Cursor", &next_cursor())
        .refuses(&[Kind::InvalidCursor]);
    vec![export]
}

fn line() -> Value {
    let mut line = examples::session();
    if let Some(fields) = line.as_object_mut() {
        fields.extend([
            ("messages".to_owned(), json!([])),
            ("timeline".to_owned(), json!([])),
            ("rest".to_owned(), json!({ "messages": null, "timeline": null })),
        ]);
    }
    line
}
