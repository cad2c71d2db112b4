//! What this function says about its operations.

use serde_json::json;
use transfer_domain::{Attachment, MAX_PARTS, MAX_TEXT_BYTES};
use transfer_http::openapi::{Operation, at_least, distinct, https_url, items, length, min_length, text};
use transfer_http::{Kind, Scope};
use utoipa::openapi::path::HttpMethod;
use utoipa::openapi::schema::Schema;
use utoipa::openapi::{RefOr, Required};
use utoipa::{PartialSchema, ToSchema};

use crate::message::{
    Accepted as AcceptedMessage, MAX_ATTACHMENTS, MAX_CONTENT_TYPE_CHARS, MAX_FILE_NAME_CHARS, MAX_URL_BYTES,
    MAX_VALUE_CHARS, MessageBody, ReplyBody,
};
use crate::receipts::{Accepted as AcceptedReceipts, MAX_MESSAGES, ReceiptsBody};
use crate::typing::{Accepted as AcceptedTyping, TypingBody};

const SEND: &str = "Takes a message of the contact to the representative, in order.

The answer comes as soon as the message is kept; `message.delivered` or `message.failed` tells what became of it. \
The same `messageId` again answers the same and sends nothing twice. Each message moves the session's expiry.

`told` says how the contact centre gets it (see `capabilities` of the integration): `native` if everything in it is told as \
what it is, `text` if something goes as text and links. A `reply` is told natively where nothing else is said beside it; \
one to a message that is not known is refused, one with a value that the message does not offer is told with that value.";

/// An attachment of the contact: the limits are narrower than what a contact centre may send.
pub(crate) struct NewAttachment;

impl PartialSchema for NewAttachment {
    fn schema() -> RefOr<Schema> {
        Attachment::schema()
    }
}

impl ToSchema for NewAttachment {}

/// The operations.
pub fn operations() -> Vec<Operation> {
    vec![send(), typing(), receipts()]
}

fn send() -> Operation {
    below("/v1/projects/{projectId}/transfers/{sessionId}/messages")
        .named("Messages", "sendMessage")
        .does("Send a message of the contact", SEND)
        .body::<MessageBody>(Required::True, json!({ "messageId": "m-1", "text": "Where is my refund?" }))
        .answers::<AcceptedMessage<'_>>(
            202,
            "It is kept.",
            json!({ "messageId": "m-1", "status": "accepted", "told": "native" }),
        )
        .limit::<MessageBody>("text", length(0, MAX_TEXT_BYTES))
        .limit::<MessageBody>("attachments", items(MAX_ATTACHMENTS))
        .limit::<MessageBody>("content", items(MAX_PARTS))
        .needs_one_of::<MessageBody>(&["text", "attachments", "content", "reply"])
        .limit::<ReplyBody>("value", text(MAX_VALUE_CHARS))
        .limit::<ReplyBody>("value", min_length(1))
        .limit::<NewAttachment>("url", https_url(MAX_URL_BYTES))
        .limit::<NewAttachment>("name", text(MAX_FILE_NAME_CHARS))
        .limit::<NewAttachment>("contentType", text(MAX_CONTENT_TYPE_CHARS))
        .refuses(&[Kind::NotSupported])
}

fn typing() -> Operation {
    let description = "Tells the contact centre that the contact types, or stopped. It moves no expiry.";
    below("/v1/projects/{projectId}/transfers/{sessionId}/typing")
        .named("Messages", "tellTyping")
        .does("Tell that the contact types", description)
        .body::<TypingBody>(Required::True, json!({ "state": "started" }))
        .answers::<AcceptedTyping>(202, "It is kept.", json!({ "state": "started", "status": "accepted" }))
        .refuses(&[Kind::NotSupported])
}

fn receipts() -> Operation {
    let description = "Tells that messages of the representative reached the contact, or were read. They are kept on \
                       the messages; the answer says what the contact centre is told of them.";
    let answer = json!({ "state": "read", "status": "accepted", "providerTold": "read" });
    below("/v1/projects/{projectId}/transfers/{sessionId}/receipts")
        .named("Messages", "tellReceipts")
        .does("Tell which messages reached the contact", description)
        .body::<ReceiptsBody>(Required::True, json!({ "messageIds": ["in-1"], "state": "read" }))
        .answers::<AcceptedReceipts>(202, "It is kept.", answer)
        .limit::<ReceiptsBody>("messageIds", items(MAX_MESSAGES))
        .limit::<ReceiptsBody>("messageIds", at_least(1))
        .limit::<ReceiptsBody>("messageIds", distinct())
}

fn below(path: &'static str) -> Operation {
    Operation::new(HttpMethod::Post, path, Scope::TransfersWrite).refuses(&[Kind::Ended, Kind::Expired])
}
