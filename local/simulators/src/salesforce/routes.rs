//! Which request is which, and who may make it.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{Act, Answer, Centre, Incoming, Operation, Refusal, Scene, refuse, server};

use super::{
    Book, Org, Salesforce, SalesforceConfig, assertion,
    book::{Account, Kept, of_sender},
    chat, desk,
    interaction::{self, Content, Interaction},
    multipart, record,
    refusal::{self, coded, object},
};

impl Centre for Salesforce {
    type Config = SalesforceConfig;
    type Account = Account;
    type Kept = Kept;

    fn classify(org: &Org, request: &Incoming) -> Operation {
        match request.segments().as_slice() {
            ["services", "oauth2", "token"] => Operation::Token,
            ["api", "v1", "interactions"] => match read_interaction(org, request) {
                Ok(interaction) => operation(org, &interaction),
                Err(_) => Operation::Send,
            },
            ["api", "v1", "conversation"] => Operation::Open,
            ["api", "v1", "acknowledgement"] => Operation::Receipt,
            ["api", "v1", "messagingSession"] => Operation::End,
            ["iamessage", "api", "v2", rest @ ..] => chat::classify(request.method.as_str(), rest),
            _ => Operation::Other,
        }
    }

    fn answer(org: &Arc<Org>, request: &Incoming) -> Result<Answer, Refusal> {
        match (request.method.as_str(), request.segments().as_slice()) {
            (_, ["iamessage", "api", "v2", rest @ ..]) => chat::answer(org, request, rest),
            ("POST", ["services", "oauth2", "token"]) => Ok(assertion::token(org, request)),
            ("POST", ["api", "v1", endpoint]) => interact(org, request, endpoint),
            _ => Err(refuse(404, "no such resource")),
        }
    }

    /// A form of parts shows its JSON; the bytes of files stay out of the ledger.
    fn visible_body(request: &Incoming) -> Value {
        if request.has_content_type("multipart/form-data") {
            let parts = multipart::parts(request).unwrap_or_default();
            let shown = parts.into_iter().map(|part| {
                let value = part.json().unwrap_or_else(|| json!({ "bytes": part.bytes.len() }));
                (part.name, value)
            });
            return Value::Object(shown.collect());
        }
        let mut body = server::visible_body(request);
        // An identity token is a credential.
        if let Some(token) = body.get_mut("customerIdentityToken") {
            *token = Value::from("***");
        }
        body
    }

    fn error_body(_org: &Org, request: &Incoming, status: u16, refusal: Option<&Refusal>) -> Value {
        if request.path.starts_with("/iamessage/") {
            chat::error_body(&request.path, status, refusal)
        } else {
            refusal::error_body(status, refusal)
        }
    }

    fn play(scene: &mut Scene<'_, Self>, act: Act) {
        scene.play(act);
    }

    fn revoke_tokens(book: &mut Book) {
        book.tokens.clear();
        book.own.guests.clear();
    }
}

/// Nothing on the wire tells an open from a send: what opens is the first message, and its repeats.
fn operation(org: &Org, interaction: &Interaction) -> Operation {
    match &interaction.content {
        Content::Typing => Operation::Typing,
        Content::DeliveryFailed { .. } => Operation::Receipt,
        Content::Message(_) => {
            let mut book = org.book();
            let opened_by = of_sender(&mut book, &interaction.from).and_then(|it| it.own.opened_by.as_ref());
            let sends = opened_by.is_some_and(|it| *it != interaction.id);
            if sends { Operation::Send } else { Operation::Open }
        }
    }
}

fn interact(org: &Arc<Org>, request: &Incoming, endpoint: &str) -> Result<Answer, Refusal> {
    authenticate(org, request)?;
    check_headers(org, request)?;
    match endpoint {
        "interactions" => desk::take(org, read_interaction(org, request)?),
        "conversation" => record::open(org, &json_body(request)?),
        "acknowledgement" => record::acknowledge(org, &json_body(request)?),
        "messagingSession" => record::end(org, &json_body(request)?),
        "conversationHistory" => Err(object(refusal::HISTORY, "you don't have access to the ConversationHistory API")),
        _ => Err(refuse(404, "no such resource")),
    }
}

fn read_interaction(org: &Org, request: &Incoming) -> Result<Interaction, Refusal> {
    let parts = multipart::parts(request);
    let parts = parts.ok_or_else(|| object(refusal::PARAMETERS, "the body must be multipart/form-data"))?;
    interaction::read(&parts, &org.config)
}

fn json_body(request: &Incoming) -> Result<Value, Refusal> {
    chat::json_body(request).map_err(coded(refusal::PARAMETERS))
}

fn authenticate(org: &Org, request: &Incoming) -> Result<(), Refusal> {
    if org.knows_bearer(request) {
        return Ok(());
    }
    Err(object(refusal::TOKEN, "The supplied Authorization access token is not valid."))
}

/// The headers that every call of this API has.
fn check_headers(org: &Org, request: &Incoming) -> Result<(), Refusal> {
    let config = &org.config;
    if request.header("orgid") != Some(config.org_id.as_str()) {
        return Err(object(refusal::HEADER, "OrgId must be the org's id of 15 characters"));
    }
    if request.header("requestid").is_none_or(|it| uuid::Uuid::parse_str(it).is_err()) {
        return Err(object(refusal::HEADER, "RequestId must be a UUID"));
    }
    if request.header("authorizationcontext") != Some(config.auth_context.as_str()) {
        return Err(object(refusal::CONTEXT, "The AuthorizationContext for the request isn't valid."));
    }
    Ok(())
}
