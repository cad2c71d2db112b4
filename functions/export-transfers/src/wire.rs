//! A session on its line.

use chrono::{DateTime, Utc};
use serde::Serialize;
use transfer_app::export::Exported;
use transfer_domain::SessionId;
use transfer_http::{MessageRecord, SessionRecord, TimelineRecord, bytes_in_answer};

/// What the messages of one line take at most, and what its timeline: so that every line fits into an answer.
const MESSAGES_BYTES: usize = 1024 * 1024;
const TIMELINE_BYTES: usize = 512 * 1024;

/// A session, whole: its record with its messages and its timeline.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ExportedTransfer))]
pub(crate) struct Line<'a> {
    #[serde(flatten)]
    record: SessionRecord<'a>,
    /// Its messages, in the order of acceptance.
    messages: Vec<MessageRecord<'a>>,
    /// Its timeline, in the order of acceptance.
    timeline: Vec<TimelineRecord<'a>>,
    /// Where the rest is, if it is too much for a line.
    rest: Rest,
}

/// Where the rest of a session is.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ExportRest))]
pub(crate) struct Rest {
    /// The path of the messages that follow; null if all are here.
    #[cfg_attr(feature = "openapi", schema(required))]
    messages: Option<String>,
    /// The path of the timeline's entries that follow; null if all are here.
    #[cfg_attr(feature = "openapi", schema(required))]
    timeline: Option<String>,
}

impl Line<'_> {
    /// A session's line, without its end.
    pub(crate) fn text(exported: Exported, now: DateTime<Utc>) -> Result<String, serde_json::Error> {
        let Exported { whole, messages, timeline } = exported;
        let session = &whole.session;
        let messages = messages.within(MESSAGES_BYTES, |item| bytes_in_answer(&MessageRecord::of(item, session)));
        let timeline = timeline.within(TIMELINE_BYTES, |item| bytes_in_answer(&TimelineRecord::of(item)));
        let record = SessionRecord::of(session, &whole.facts, &whole.request, now);
        let (project, id) = (record.project_id, record.session_id);
        let rest = Rest {
            messages: messages.more.then(|| path(project, id, "messages", &messages.next)),
            timeline: timeline.more.then(|| path(project, id, "timeline", &timeline.next)),
        };
        serde_json::to_string(&Line {
            messages: messages.items.iter().map(|message| MessageRecord::of(message, session)).collect(),
            timeline: timeline.items.iter().map(TimelineRecord::of).collect(),
            rest,
            record,
        })
    }
}

fn path(project: &str, id: &SessionId, what: &str, after: &str) -> String {
    format!("/v1/projects/{project}/transfers/{id}/{what}?after={after}")
}
