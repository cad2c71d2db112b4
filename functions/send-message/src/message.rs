//! `POST …/messages`: the contact's message to the representative. Its write moves the session's expiry.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use transfer_aws::Service;
#[cfg(feature = "openapi")]
use transfer_domain::SourceId;
use transfer_domain::{
    Attachment, Closed, Direction, MAX_TEXT_BYTES, OutgoingMessage, ProjectId, Session, accept_message,
};
use transfer_http::{Fields, Kind, Problem, json, json_body, session_id};
use transfer_store::Transacted;

use crate::{Taken, failed};

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
    let now = service.now();
    let decide = |session: &Session| {
        if session.session_id != id {
            return Err(Refused::NotFound);
        }
        accept_message(session, message.clone(), now).map(Some).map_err(Refused::Closed)
    };
    match service.store.transact(project, id.transfer, now, decide).await.map_err(|error| failed(&error))? {
        Transacted::Committed(_) | Transacted::Unchanged(_) | Transacted::Seen { .. } => Ok(accepted),
        Transacted::Refused(Refused::NotFound) | Transacted::Missing | Transacted::LinkTaken => {
            Err(Problem::new(Kind::NotFound))
        }
        Transacted::Expired | Transacted::Refused(Refused::Closed(Closed::Expired)) => Err(Closed::Expired.into()),
        Transacted::Refused(Refused::Closed(Closed::Ended)) => {
            // A repetition of what was accepted before the end is still what it was.
            let before = service.store.accepted(project, id.transfer, Direction::Outbound, &message.message_id).await;
            if before.map_err(|error| failed(&error))? { Ok(accepted) } else { Err(Closed::Ended.into()) }
        }
    }
}

enum Refused {
    NotFound,
    Closed(Closed),
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
            let fits = attachment.url.starts_with("https://") && attachment.url.len() <= MAX_URL_BYTES;
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
