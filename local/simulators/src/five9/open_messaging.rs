//! The Open Messaging flavour: OAuth client, one delivery profile.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use chrono::DateTime;
use serde_json::{Value, json};

use crate::{
    act::Phase,
    centre::{Answer, Incoming},
    runtime::locked,
    shape::{Refusal, optional_list, optional_text, required_choice, required_text, transfer_id},
};

use super::{
    Five9,
    config::{Five9Config, OAuthStyle, TerminateParticipant},
    desk::{self, Opening},
    routes::{json_body, refuse},
    webhook::Target,
};

const SCOPES: [&str; 2] = ["openmessaging:read", "openmessaging:write"];

type Refused = Answer;

pub(super) fn answer(five9: &Arc<Five9>, request: &Incoming) -> Answer {
    let segments = request.segments();
    if let ("POST", ["oauth2", "v1", "token"]) = (request.method.as_str(), segments.as_slice()) {
        return token(five9, request);
    }
    let answered = authenticate(five9, request).and_then(|()| match (request.method.as_str(), segments.as_slice()) {
        ("POST", ["messaging-service", "v1", "domains", domain, rest @ ..]) if *domain == five9.config.domain_id => {
            match rest {
                ["delivery-profiles", profile, "chats"] if *profile == five9.config.delivery_profile_id => {
                    create(five9, request)
                }
                ["chats", id, "messages"] => message(five9, request, id),
                ["chats", last] => match last.strip_suffix(":terminate") {
                    Some(id) => terminate(five9, request, id),
                    None => Err(refused(five9, 404, "no such resource")),
                },
                _ => Err(refused(five9, 404, "no such resource")),
            }
        }
        _ => Err(refused(five9, 404, "no such resource")),
    });
    answered.unwrap_or_else(|refusal| refusal)
}

fn refused(five9: &Five9, status: u16, problem: &str) -> Refused {
    refuse(five9, status, problem)
}

fn bad(five9: &Five9, Refusal(problem): Refusal) -> Refused {
    refused(five9, 400, &problem)
}

/// `POST /oauth2/v1/token`. Earlier tokens stay valid.
fn token(five9: &Five9, request: &Incoming) -> Answer {
    let refuse = |status, error: &str| Answer::refused(status, json!({ "error": error }), error);
    if !request.has_content_type("application/x-www-form-urlencoded") {
        return refuse(400, "invalid_request");
    }
    let field = |name| request.form_field(name).unwrap_or_default();
    let config = &five9.config;
    if !knows_client(request, config) {
        return refuse(401, "invalid_client");
    }
    if field("grant_type") != "client_credentials" {
        return refuse(400, "unsupported_grant_type");
    }
    let wanted = field("scope");
    let granted = match config.oauth_style {
        OAuthStyle::Basic => SCOPES.iter().all(|scope| wanted.split(' ').any(|it| it == *scope)),
        OAuthStyle::Body => wanted == "api",
    };
    if !granted {
        return refuse(400, "invalid_scope");
    }
    let token = five9.runtime.ids.token();
    let expires_ms = five9.runtime.options.timer.now_ms() + i64::from(config.token_seconds) * 1000;
    locked(&five9.book).tokens.insert(token.clone(), expires_ms);
    let body = json!({
        "access_token": token, "token_type": "Bearer", "expires_in": config.token_seconds, "scope": wanted,
    });
    Answer::taken(200, Some(body))
}

fn knows_client(request: &Incoming, config: &Five9Config) -> bool {
    match config.oauth_style {
        OAuthStyle::Basic => {
            let expected = STANDARD.encode(format!("{}:{}", config.client_key, config.client_secret));
            request.authorization("basic") == Some(expected.as_str())
        }
        OAuthStyle::Body => {
            request.form_field("client_id").as_deref() == Some(config.client_key.as_str())
                && request.form_field("client_secret").as_deref() == Some(config.client_secret.as_str())
        }
    }
}

fn authenticate(five9: &Five9, request: &Incoming) -> Result<(), Refused> {
    let now = five9.runtime.options.timer.now_ms();
    let token = request.authorization("bearer").unwrap_or_default();
    match locked(&five9.book).tokens.get(token) {
        Some(expires_ms) if now < *expires_ms => Ok(()),
        Some(_) | None => Err(refused(five9, 401, "the access token is not valid")),
    }
}

fn create(five9: &Arc<Five9>, request: &Incoming) -> Result<Answer, Refused> {
    let body = json_body(five9, request)?;
    let handle = client_handle(&body, &five9.config).map_err(|it| bad(five9, it))?;
    let attributes = attributes(&body).map_err(|it| bad(five9, it))?;
    if desk::rejects(five9, handle) {
        return Err(refused(five9, 400, "the campaign takes no conversations"));
    }
    let id = five9.runtime.ids.uuid();
    let opening = Opening {
        id: id.clone(),
        external_id: handle.to_owned(),
        token: None,
        target: Target::DeliveryProfile,
        attributes,
    };
    desk::open(five9, &mut locked(&five9.book), opening);
    Ok(Answer::taken(200, Some(json!({ "chatId": id }))).about(id))
}

fn client_handle<'a>(body: &'a Value, config: &Five9Config) -> Result<&'a str, Refusal> {
    required_choice(body, "/channel", &["GENERIC"])?;
    required_choice(body, "/campaignSource/campaignName", &[&config.campaign_name])?;
    required_choice(body, "/campaignSource/campaignHandle", &[&config.campaign_handle])?;
    transfer_id(body, "/contactSource/clientHandle")
}

fn attributes(body: &Value) -> Result<BTreeMap<String, String>, Refusal> {
    optional_list(body, "/attributes")?
        .iter()
        .map(|entry| {
            let name = required_text(entry, "/attributeName")?;
            let value = optional_text(entry, "/attributeValue")?;
            Ok((name.to_owned(), value.unwrap_or_default().to_owned()))
        })
        .collect()
}

fn message(five9: &Five9, request: &Incoming, id: &str) -> Result<Answer, Refused> {
    let body = json_body(five9, request)?;
    let text = text(&body).map_err(|it| bad(five9, it))?;
    let book = locked(&five9.book);
    match book.cases.get(id) {
        None => Err(refused(five9, 404, "the chat does not exist")),
        Some(case) if case.phase == Phase::Ended => Err(desk::gone(five9, id)),
        Some(case) => {
            desk::take_message(five9, case, id, text);
            Ok(Answer::taken(200, Some(json!({ "status": "RECEIVED" }))).about(id))
        }
    }
}

fn text(body: &Value) -> Result<&str, Refusal> {
    required_choice(body, "/type", &["RICHTEXT"])?;
    if DateTime::parse_from_rfc3339(required_text(body, "/timestamp")?).is_err() {
        return Err(Refusal("/timestamp must be an RFC 3339 time".to_owned()));
    }
    required_text(body, "/text")
}

fn terminate(five9: &Five9, request: &Incoming, id: &str) -> Result<Answer, Refused> {
    let body = json_body(five9, request)?;
    let source = optional_text(&body, "/sourceParticipantId").map_err(|it| bad(five9, it))?;
    let mut book = locked(&five9.book);
    let Some(case) = book.cases.get(id) else {
        return Err(refused(five9, 404, "the chat does not exist"));
    };
    let right = match five9.config.terminate_participant {
        TerminateParticipant::Any => true,
        TerminateParticipant::FromAccept => case.participant.is_some() && case.participant.as_deref() == source,
    };
    if !right && case.phase != Phase::Ended {
        return Err(refuse(five9, 400, "/sourceParticipantId is not a participant").about(id));
    }
    Ok(desk::end(five9, &mut book, id))
}
