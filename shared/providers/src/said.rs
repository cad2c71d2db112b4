//! What adapters say of a transfer and its messages in the same way, whatever the provider's form.

use serde_json::Value;
use transfer_domain::{Attachment, ContactDetails, Session, TransferRequest};

/// A document without what is null and without empty lists: what was not said does not stand there.
pub(crate) fn present(document: Value) -> Value {
    let is_said = |value: &Value| !value.is_null() && value.as_array().is_none_or(|items| !items.is_empty());
    match document {
        Value::Object(fields) => {
            let fields = fields.into_iter().map(|(name, value)| (name, present(value)));
            Value::Object(fields.filter(|(_, value)| is_said(value)).collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(present).collect()),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

/// What the representative reads first, where nothing else can tell what happened before.
pub(crate) fn first_text(session: &Session, request: &TransferRequest) -> String {
    match request.summary.as_ref().or(request.reason.as_ref()) {
        Some(about) => format!("AI summary: {about}"),
        None => format!("Handed over by {}", session.agent),
    }
}

/// A text, and under it the addresses of files that are not sent otherwise.
pub(crate) fn with_links<'a>(text: &'a str, files: impl IntoIterator<Item = &'a Attachment>) -> String {
    let lines = std::iter::once(text).chain(files.into_iter().map(|file| file.url.as_str()));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// The name of a file, else the last part of its address.
pub(crate) fn file_name(file: &Attachment) -> &str {
    let path = file.url.split(['?', '#']).next().unwrap_or_default();
    let last = path.rsplit('/').next().filter(|name| !name.is_empty()).unwrap_or("attachment");
    file.name.as_deref().unwrap_or(last)
}

/// The contact's name, if it is more than blanks.
pub(crate) fn name(contact: &ContactDetails) -> Option<&str> {
    contact.name.as_deref().map(str::trim).filter(|name| !name.is_empty())
}

/// The contact's first and last name: the last word is the last name.
pub(crate) fn first_and_last_name(contact: &ContactDetails) -> (Option<&str>, Option<&str>) {
    match name(contact).map(|name| (name, name.rsplit_once(char::is_whitespace))) {
        Some((_, Some((first, last)))) => (Some(first.trim_end()), Some(last)),
        Some((name, None)) => (Some(name), None),
        None => (None, None),
    }
}

/// Of lines that come newest first, as many as fit, one under the other with the oldest first.
pub(crate) fn newest_that_fit(lines: impl Iterator<Item = String>, max_bytes: usize) -> String {
    let mut kept: Vec<String> = Vec::new();
    let mut size = 0;
    for line in lines {
        size += line.len() + usize::from(!kept.is_empty());
        if size > max_bytes {
            break;
        }
        kept.push(line);
    }
    kept.reverse();
    kept.join("\n")
}
