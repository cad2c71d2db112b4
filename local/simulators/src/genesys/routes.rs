//! Which request is which, who may make it, and how refusals look.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{
    Act, Answer, Centre, Desk, EndedBy, Incoming, Operation, Phase, Refusal, Scene, Stamp, bad, refuse,
    required_choice, required_object,
};

use super::{
    Case, Genesys, Organisation, inbound,
    participant::Purpose,
    send::{self, Wish},
};

impl Centre for Genesys {
    type Config = super::GenesysConfig;
    type Account = ();
    type Kept = super::Kept;

    fn classify(_desk: &Desk<Self>, request: &Incoming) -> Operation {
        let read = request.method == "GET";
        match request.segments().as_slice() {
            ["oauth", "token"] => Operation::Token,
            ["api", "v2", "conversations", "messages", _, "inbound", "open", what] => match *what {
                "message" => match Wish::of(request) {
                    Wish::Open => Operation::Open,
                    Wish::Deliver => Operation::Send,
                },
                "event" => Operation::Typing,
                "receipt" => Operation::Receipt,
                _ => Operation::Other,
            },
            ["api", "v2", "conversations", "messages", _, "inbound", "open", "structured", "response"] => {
                Operation::Send
            }
            ["api", "v2", "conversations", "messages", _] | ["api", "v2", "users", _] if read => Operation::Read,
            ["api", "v2", "conversations", "messages", _]
            | ["api", "v2", "conversations", "messages", _, "participants", _]
            | ["api", "v2", "conversations", _, "disconnect"] => Operation::End,
            _ => Operation::Other,
        }
    }

    fn answer(desk: &Arc<Desk<Self>>, request: &Incoming) -> Result<Answer, Refusal> {
        let method = request.method.as_str();
        let segments = request.segments();
        if let ("POST", ["oauth", "token"]) = (method, segments.as_slice()) {
            return Ok(token(desk, request));
        }
        if request.authorization("bearer").is_none() {
            return Err(refuse(401, "No authentication bearer token specified in authorization header."));
        }
        if !desk.knows_bearer(request) {
            return Err(refuse(401, "Invalid login credentials."));
        }
        match (method, segments.as_slice()) {
            ("POST", ["api", "v2", "conversations", "messages", integration, "inbound", "open", what @ ..]) => {
                if *integration != desk.config.integration_id {
                    return Err(refuse(404, "the integration does not exist"));
                }
                inbound_open(desk, request, &what.join("/"))
            }
            ("GET", ["api", "v2", "conversations", "messages", id]) => {
                with_case(desk, id, |case| Ok(Answer::taken(200, case.own.participants.document(id))))
            }
            ("GET", ["api", "v2", "users", id]) => user(desk, id),
            ("PATCH", ["api", "v2", "conversations", "messages", id]) => {
                wants_disconnected(request)?;
                with_case(desk, id, |case| Ok(finish(desk, case, Act::End(EndedBy::Contact), 200)))
            }
            ("PATCH", ["api", "v2", "conversations", "messages", id, "participants", participant]) => {
                wants_disconnected(request)?;
                disconnect(desk, id, participant)
            }
            ("PATCH", ["api", "v2", "conversations", id, "participants", participant, "attributes"]) => {
                attributes(desk, request, id, participant)
            }
            ("POST", ["api", "v2", "conversations", id, "disconnect"]) => {
                with_case(desk, id, |case| Ok(finish(desk, case, Act::End(EndedBy::Contact), 202)))
            }
            _ => Err(refuse(404, "no such resource")),
        }
    }

    /// The vendor's error body; what is refused for a reason says it in place of the general message.
    fn error_body(desk: &Desk<Self>, _request: &Incoming, status: u16, refusal: Option<&Refusal>) -> Value {
        let (code, message) = match status {
            400 => ("bad.request", "The request could not be understood by the server due to malformed syntax."),
            401 => ("bad.credentials", "Invalid login credentials."),
            403 => ("not.authorized", "You are not authorized to perform the requested action."),
            404 => ("not.found", "The requested resource was not found."),
            409 => ("conflict", "The request conflicts with the current state."),
            415 => ("unsupported.media.type", "The content type is not supported."),
            429 => ("too.many.requests", "Rate limit exceeded the maximum."),
            503 => ("service.unavailable", "The service is unavailable."),
            504 => ("gateway.timeout", "The request timed out."),
            _ => ("internal.server.error", "The server encountered an unexpected condition."),
        };
        json!({
            "message": refusal.map_or(message, |it| &it.problem),
            "code": code,
            "status": status,
            "contextId": desk.uuid(),
            "details": [],
            "errors": [],
        })
    }

    fn play(scene: &mut Scene<'_, Self>, act: Act) {
        scene.play(act);
    }
}

/// `POST /oauth/token`: client credentials by Basic and form. Earlier tokens stay valid.
fn token(desk: &Organisation, request: &Incoming) -> Answer {
    let config = &desk.config;
    let refuse = |status, error| Answer::no_token(status, error, error);
    if !request.is_basic(&config.client_id, &config.client_secret) {
        return refuse(401, "invalid_client");
    }
    if !request.has_content_type("application/x-www-form-urlencoded") {
        return refuse(400, "invalid_request");
    }
    if request.form_field("grant_type").as_deref() != Some("client_credentials") {
        return refuse(400, "unsupported_grant_type");
    }
    let token = desk.runtime.ids.token();
    desk.admit(&token, config.token_seconds);
    Answer::taken(200, json!({ "access_token": token, "token_type": "bearer", "expires_in": config.token_seconds }))
}

fn inbound_open(desk: &Arc<Organisation>, request: &Incoming, what: &str) -> Result<Answer, Refusal> {
    let body = request.json_object()?;
    let wish = Wish::of(request);
    match what {
        "message" => send::take_message(desk, inbound::message(&body, desk.config.attribute_max_bytes)?, wish),
        "structured/response" => send::take_message(desk, inbound::structured_response(&body)?, wish),
        "event" => send::take_typing(desk, &inbound::typing(&body)?),
        "receipt" => send::take_receipt(desk, inbound::receipt(&body)?),
        _ => Err(refuse(404, "no such resource")),
    }
}

/// What a request about a conversation comes to.
fn with_case(
    desk: &Organisation,
    id: &str,
    then: impl FnOnce(&mut Case) -> Result<Answer, Refusal>,
) -> Result<Answer, Refusal> {
    let mut book = desk.book();
    let case = book.case(id).ok_or_else(|| refuse(404, "the conversation does not exist"))?;
    then(case).map(|it| it.about(id))
}

fn user(desk: &Organisation, id: &str) -> Result<Answer, Refusal> {
    let people = &desk.runtime.options.representatives;
    let person = people.iter().find(|it| it.id == id).ok_or_else(|| refuse(404, "the user does not exist"))?;
    let body = json!({
        "id": person.id, "name": person.name, "state": "active", "selfUri": format!("/api/v2/users/{}", person.id),
    });
    Ok(Answer::taken(200, body))
}

/// Only `{"state":"disconnected"}` is documented.
fn wants_disconnected(request: &Incoming) -> Result<(), Refusal> {
    required_choice(&request.json_object()?, "/state", &["disconnected"]).map(drop)
}

fn disconnect(desk: &Organisation, id: &str, participant: &str) -> Result<Answer, Refusal> {
    let mut book = desk.book();
    let unknown = || refuse(404, "the participant does not exist");
    let case = book.case(id).ok_or_else(unknown)?;
    let found = case.own.participants.all.iter().find(|it| it.id == participant).ok_or_else(unknown)?;
    if found.ended_ms.is_some() || case.phase == Phase::Ended {
        return Err(refuse(desk.config.gone_status, "the participant is already disconnected").about(id));
    }
    let act = match found.purpose {
        Purpose::Agent => Act::Leave,
        Purpose::Customer | Purpose::Flow | Purpose::Acd => Act::End(EndedBy::Contact),
    };
    Ok(finish(desk, case, act, 204).about(id))
}

fn finish(desk: &Organisation, case: &mut Case, act: Act, status: u16) -> Answer {
    match desk.act(case, act, Stamp::default()) {
        Ok(()) => Answer::taken(status, Value::Null),
        Err(error) => Answer::ignored(status, Value::Null, error.to_string()),
    }
}

fn attributes(desk: &Organisation, request: &Incoming, id: &str, participant: &str) -> Result<Answer, Refusal> {
    let body = request.json_object()?;
    let sent = required_object(&body, "/attributes")?;
    with_case(desk, id, |case| {
        let participants = &mut case.own.participants;
        if participants.last(Purpose::Customer).is_none_or(|it| it.id != participant) {
            return Err(refuse(404, "the participant does not exist"));
        }
        for (name, value) in sent {
            let text = value.as_str().ok_or_else(|| bad("attributes must be strings"))?;
            participants.attributes.insert(name.clone(), text.to_owned());
        }
        desk.runtime.update_conversation(id, |it| it.attributes.clone_from(&participants.attributes));
        Ok(Answer::taken(200, json!({ "attributes": participants.attributes })))
    })
}
