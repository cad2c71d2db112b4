//! `POST …/messages`: the contact's message to the representative. Its write moves the session's expiry.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use transfer_aws::Service;
#[cfg(feature = "openapi")]
use transfer_domain::SourceId;
use transfer_domain::{Attachment, MAX_TEXT_BYTES, OutgoingMessage, ProjectId};
use transfer_http::{Fields, Problem, json, json_body, session_id};

use crate::{Taken, problem};

pub(crate) const MAX_ATTACHMENTS: usize = 10;
pub(crate) const MAX_URL_BYTES: usize = 2_048;
pub(crate) const MAX_FILE_NAME_CHARS: usize = 256;
pub(crate) const MAX_CONTENT_TYPE_CHARS: usize = 128;

/// A message of the contact: a text, attachments or both.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NewMessage))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MessageBody {
    /// The caller's id of it: the same id again sends nothing twice.
    #[cfg_attr(feature = "openapi", schema(value_type = SourceId))]
    message_id: Option<String>,
    /// What it says: at most 32768 bytes of UTF-8.
    #[serde(default)]
    text: String,
    /// What hangs on it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::openapi::NewAttachment>))]
    attachments: Vec<Attachment>,
}

/// The answer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AcceptedMessage))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Accepted<'a> {
    /// The caller's id of it.
    message_id: &'a str,
    /// It was taken.
    status: Taken,
}

/// Accepts a message: 202, and 202 again for the same id without sending it twice.
pub(crate) async fn send(service: &Service, request: &Request, project: &ProjectId) -> Result<Response<Body>, Problem> {
    let id = session_id(request)?;
    let message = json_body::<MessageBody>(request)?.validate()?;
    let accepted =
        json(StatusCode::ACCEPTED, &Accepted { message_id: message.message_id.as_str(), status: Taken::Accepted });
    transfer_app::message::send(service, project, &id, message).await.map_err(problem)?;
    Ok(accepted)
}

/// Whether it leads somewhere: a scheme alone does not, nor what a line break or a blank cuts in two.
fn is_address(url: &str) -> bool {
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    !host.is_empty() && !url.contains(|c: char| c.is_control() || c.is_whitespace())
}

impl MessageBody {
    fn validate(self) -> Result<OutgoingMessage, Problem> {
        let mut fields = Fields::default();
        let message_id = fields.required("/messageId", self.message_id.as_deref());
        let something = !self.text.is_empty() || !self.attachments.is_empty();
        fields.rule(something, "/text", "is required unless there are attachments");
        fields.rule(self.text.len() <= MAX_TEXT_BYTES, "/text", "must be at most 32768 bytes of UTF-8");
        fields.rule(self.attachments.len() <= MAX_ATTACHMENTS, "/attachments", "must be at most 10");
        for (index, attachment) in self.attachments.iter().enumerate() {
            let pointer = format!("/attachments/{index}/url");
            let fits = is_address(&attachment.url) && attachment.url.len() <= MAX_URL_BYTES;
            fields.rule(fits, &pointer, "must be an https URL of at most 2048 bytes");
            fields.text(&format!("/attachments/{index}/name"), attachment.name.as_deref(), MAX_FILE_NAME_CHARS);
            fields.text(
                &format!("/attachments/{index}/contentType"),
                attachment.content_type.as_deref(),
                MAX_CONTENT_TYPE_CHARS,
            );
        }
        let message_id = fields.complete(message_id)?;
        Ok(OutgoingMessage { message_id, text: self.text, attachments: self.attachments })
    }
}

#[cfg(test)]
mod tests {
    use super::is_address;

    #[test]
    fn an_address_of_a_file_leads_somewhere() {
        assert!(is_address("https://files.example/a.png?x=1") && is_address("https://files.example"));
        for url in [
            "",
            "https://",
            "https:///a",
            "https://?x",
            "http://files.example/a",
            "https://files.example/a\nb",
            "https://files.example/a b",
        ] {
            assert!(!is_address(url), "{url:?}");
        }
    }
}
