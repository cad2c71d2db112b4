//! `POST …/messages`: the contact's message to the representative. Its write moves the session's expiry.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use transfer_app::message::{self, NotAccepted};
use transfer_aws::Service;
use transfer_domain::{Attachment, MAX_TEXT_BYTES, OutgoingMessage, ProjectId, Reply, files_of};
#[cfg(feature = "openapi")]
use transfer_domain::{Part, SourceId};
use transfer_http::{Fields, Kind, Problem, json, json_body, session_id};
use transfer_providers::{Adapters, Inbound, Told};

use crate::{Taken, content};

pub(crate) const MAX_ATTACHMENTS: usize = 10;
pub(crate) const MAX_URL_BYTES: usize = 2_048;
pub(crate) const MAX_FILE_NAME_CHARS: usize = 256;
pub(crate) const MAX_CONTENT_TYPE_CHARS: usize = 128;
pub(crate) const MAX_VALUE_CHARS: usize = 4_096;

/// A message of the contact: a text, attachments, parts, the choice of an option, or several of them.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NewMessage))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct MessageBody {
    /// The caller's id of it: the same id again sends nothing twice.
    #[cfg_attr(feature = "openapi", schema(value_type = SourceId))]
    message_id: Option<String>,
    /// What it says: at most 32768 bytes of UTF-8. What content and choice say beyond it is added below; so it may be left
    /// out beside them.
    #[serde(default)]
    text: String,
    /// What hangs on it.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<crate::openapi::NewAttachment>))]
    attachments: Vec<Attachment>,
    /// Its parts in the order in which they are read: at most 65536 bytes of JSON. Their files count as attachments.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(value_type = Vec<Part>))]
    content: Vec<Value>,
    /// The option of an earlier message of the contact centre that the contact chose.
    reply: Option<ReplyBody>,
}

/// The choice of an option.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NewReply))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReplyBody {
    /// The message that offered it, by the `messageId` that `message.received` and the messages' list show.
    #[cfg_attr(feature = "openapi", schema(value_type = SourceId))]
    message_id: Option<String>,
    /// The option's `value`, or its `label` if it has no value.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    value: Option<String>,
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
    /// How the contact centre is told it.
    told: Told,
}

/// Accepts a message: 202, and 202 again for the same id without sending it twice.
pub(crate) async fn send(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    request: &Request,
    project: &ProjectId,
) -> Result<Response<Body>, Problem> {
    let id = session_id(request)?;
    let message = json_body::<MessageBody>(request)?.validate()?;
    let message_id = message.message_id.clone();
    let told = message::send(service, adapters, project, &id, message).await.map_err(|error| match error {
        NotAccepted::Session(error) => error.into(),
        NotAccepted::IsCall => Problem::new(Kind::NotSupported).with_detail(error.to_string()),
        NotAccepted::RepliesToNone => Problem::invalid_field("/reply/messageId", "is no message of the contact centre"),
    })?;
    Ok(json(StatusCode::ACCEPTED, &Accepted { message_id: message_id.as_str(), status: Taken::Accepted, told }))
}

impl MessageBody {
    fn validate(self) -> Result<OutgoingMessage, Problem> {
        let mut fields = Fields::default();
        let message_id = fields.required("/messageId", self.message_id.as_deref());
        let said = !self.text.is_empty() || self.reply.is_some();
        let something = said || !self.attachments.is_empty() || !self.content.is_empty();
        fields.rule(something, "/text", "is required unless there are attachments, content or a reply");
        fields.rule(self.text.len() <= MAX_TEXT_BYTES, "/text", "must be at most 32768 bytes of UTF-8");
        fields.rule(self.attachments.len() <= MAX_ATTACHMENTS, "/attachments", "must be at most 10");
        for (index, attachment) in self.attachments.iter().enumerate() {
            check(&mut fields, &format!("/attachments/{index}"), "name", attachment);
        }
        let content = content::read(&mut fields, &self.content);
        let reply = self.reply.and_then(|reply| reply.read(&mut fields));
        let files = files_of(&content).len() + self.attachments.len();
        let message = message_id.map(|message_id| {
            let attachments = self.attachments;
            OutgoingMessage { attachments, content, reply, ..OutgoingMessage::text(message_id, self.text) }
        });
        if let Some(complete) = message.clone().filter(|it| !it.content.is_empty()).map(OutgoingMessage::complete) {
            let says = said || !complete.text.is_empty() || !complete.attachments.is_empty();
            fields.rule(says, "/content", "must say something");
            fields.rule(complete.text.len() <= MAX_TEXT_BYTES, "/content", "must be at most 32768 bytes as text");
            fields.rule(files <= MAX_ATTACHMENTS, "/content", "must have at most 10 files, with the attachments");
        }
        fields.complete(message)
    }
}

/// What hangs on a message leads to a file and is called something.
pub(crate) fn check(fields: &mut Fields, pointer: &str, name: &str, attachment: &Attachment) {
    let fits = content::is_address(&attachment.url, &["https"]) && attachment.url.len() <= MAX_URL_BYTES;
    fields.rule(fits, &format!("{pointer}/url"), "must be an https URL of at most 2048 bytes");
    fields.text(&format!("{pointer}/{name}"), attachment.name.as_deref(), MAX_FILE_NAME_CHARS);
    let content_type = attachment.content_type.as_deref();
    fields.text(&format!("{pointer}/contentType"), content_type, MAX_CONTENT_TYPE_CHARS);
}

impl ReplyBody {
    fn read(self, fields: &mut Fields) -> Option<Reply> {
        let message_id = fields.required("/reply/messageId", self.message_id.as_deref());
        let value = self.value.unwrap_or_default();
        fields.rule(!value.is_empty(), "/reply/value", "is required");
        fields.text("/reply/value", Some(&value), MAX_VALUE_CHARS);
        message_id.map(|message_id| Reply { message_id, value, label: None })
    }
}
