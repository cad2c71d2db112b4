//! `POST …/messages`: the contact's message to the representative. Its write moves the session's expiry.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use transfer_aws::Service;
use transfer_domain::{
    Attachment, Closed, Direction, MAX_TEXT_BYTES, OutgoingMessage, ProjectId, Session, accept_message,
};
use transfer_http::{Fields, Kind, Problem, json, json_body, session_id};
use transfer_store::Transacted;

use crate::failed;

const MAX_ATTACHMENTS: usize = 10;
const MAX_URL_BYTES: usize = 2_048;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct MessageBody {
    message_id: Option<String>,
    #[serde(default)]
    text: String,
    #[serde(default)]
    attachments: Vec<Attachment>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Accepted<'a> {
    message_id: &'a str,
    status: &'static str,
}

/// Accepts a message: 202, and 202 again for the same id without sending it twice.
pub(crate) async fn send(service: &Service, request: &Request, project: &ProjectId) -> Result<Response<Body>, Problem> {
    let id = session_id(request)?;
    let message = json_body::<MessageBody>(request)?.validate()?;
    let accepted =
        json(StatusCode::ACCEPTED, &Accepted { message_id: message.message_id.as_str(), status: "accepted" });
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
            fields.text(&format!("/attachments/{index}/name"), attachment.name.as_deref(), 256);
            fields.text(&format!("/attachments/{index}/contentType"), attachment.content_type.as_deref(), 128);
        }
        let message_id = fields.complete(message_id)?;
        Ok(OutgoingMessage { message_id, text: self.text, attachments: self.attachments })
    }
}
