//! Batch calls of which some entries fail: 200 with failures inside.

use http_body_util::Full;
use hyper::Response;
use hyper::body::Bytes;
use serde_json::{Value, json};

use super::Refusal;

/// What is left out of a call.
#[derive(Debug)]
pub(super) struct LeftOut {
    /// Position in the call, and the entry.
    entries: Vec<(usize, Value)>,
    code: &'static str,
}

/// What fails for no reason of its own.
pub(super) const INTERNAL: &str = "InternalFailure";

/// The call without the entries at `positions` (`None` if nothing is left of it), and those entries.
pub(super) fn split(operation: &str, body: &[u8], positions: &[usize], code: &'static str) -> (Option<Bytes>, LeftOut) {
    assert!(matches!(operation, "PutEvents" | "SendMessageBatch"), "{operation} has no entries");
    let mut call: Value = serde_json::from_slice(body).expect("a call in JSON");
    let entries = call["Entries"].as_array().cloned().unwrap_or_default();
    let (failed, kept): (Vec<_>, Vec<_>) =
        entries.into_iter().enumerate().partition(|(position, _)| positions.contains(position));
    let nothing_left = kept.is_empty();
    call["Entries"] = kept.into_iter().map(|(_, entry)| entry).collect();
    let kept = (!nothing_left).then(|| call.to_string().into());
    (kept, LeftOut { entries: failed, code })
}

/// The endpoint's answer with the failures put in.
pub(super) fn merge(operation: &str, answer: &[u8], left_out: &LeftOut) -> Response<Full<Bytes>> {
    let answer: Value = serde_json::from_slice(answer).unwrap_or_else(|_| json!({}));
    let merged = if operation == "PutEvents" { put_events(&answer, left_out) } else { send_batch(answer, left_out) };
    Refusal::answer(200, merged).into_response()
}

/// Results stand in the order of the entries.
fn put_events(answer: &Value, left_out: &LeftOut) -> Value {
    let mut results = answer["Entries"].as_array().cloned().unwrap_or_default();
    for (position, _) in &left_out.entries {
        let failure = json!({ "ErrorCode": left_out.code, "ErrorMessage": "on purpose" });
        results.insert((*position).min(results.len()), failure);
    }
    let failed = results.iter().filter(|result| result["EventId"].is_null()).count();
    json!({ "FailedEntryCount": failed, "Entries": results })
}

fn send_batch(mut answer: Value, left_out: &LeftOut) -> Value {
    let mut failed = answer["Failed"].as_array().cloned().unwrap_or_default();
    failed.extend(left_out.entries.iter().map(|(_, entry)| {
        let senders = left_out.code != INTERNAL;
        json!({ "Id": entry["Id"], "Code": left_out.code, "Message": "on purpose", "SenderFault": senders })
    }));
    answer["Failed"] = failed.into();
    if answer["Successful"].is_null() {
        answer["Successful"] = json!([]);
    }
    answer
}
