//! The Open Messaging flavour: OAuth client, one delivery profile.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use crate::engine::{
    Answer, Incoming, Phase, Refusal, bad, optional_list, optional_text, refuse, required_choice, required_text,
    required_time, transfer_id,
};

use super::{
    Tenant,
    config::{Five9Config, OAuthStyle, TerminateParticipant},
    desk::{self, Opening},
    webhook::Target,
};

const SCOPES: [&str; 2] = ["openmessaging:read", "openmessaging:write"];

pub(super) fn answer(domain: &Arc<Tenant>, request: &Incoming) -> Result<Answer, Refusal> {
    let segments = request.segments();
    if let ("POST", ["oauth2", "v1", "token"]) = (request.method.as_str(), segments.as_slice()) {
        return Ok(token(domain, request));
    }
    if !domain.knows_bearer(request) {
        return Err(refuse(401, "the access token is not valid"));
    }
    let unknown = || refuse(404, "no such resource");
    let ("POST", ["messaging-service", "v1", "domains", id, rest @ ..]) =
        (request.method.as_str(), segments.as_slice())
    else {
        return Err(unknown());
    };
    match rest {
        _ if *id != domain.config.domain_id => Err(unknown()),
        ["delivery-profiles", profile, "chats"] if *profile == domain.config.delivery_profile_id => {
            create(domain, request)
        }
        ["chats", id, "messages"] => message(domain, request, id),
        ["chats", last] => terminate(domain, request, last.strip_suffix(":terminate").ok_or_else(unknown)?),
        _ => Err(unknown()),
    }
}

/// `POST /oauth2/v1/token`. Earlier tokens stay valid.
fn token(domain: &Tenant, request: &Incoming) -> Answer {
    let refuse = |status, error: &str| Answer::refused(status, json!({ "error": error }), error);
    if !request.has_content_type("application/x-www-form-urlencoded") {
        return refuse(400, "invalid_request");
    }
    let field = |name| request.form_field(name).unwrap_or_default();
    let config = &domain.config;
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
    let token = domain.runtime.ids.token();
    domain.admit(&token, config.token_seconds);
    let body = json!({
        "access_token": token, "token_type": "Bearer", "expires_in": config.token_seconds, "scope": wanted,
    });
    Answer::taken(200, body)
}

fn knows_client(request: &Incoming, config: &Five9Config) -> bool {
    match config.oauth_style {
        OAuthStyle::Basic => request.is_basic(&config.client_key, &config.client_secret),
        OAuthStyle::Body => {
            request.form_field("client_id").as_deref() == Some(config.client_key.as_str())
                && request.form_field("client_secret").as_deref() == Some(config.client_secret.as_str())
        }
    }
}

fn create(domain: &Arc<Tenant>, request: &Incoming) -> Result<Answer, Refusal> {
    let body = request.json_object()?;
    let handle = client_handle(&body, &domain.config)?;
    let attributes = attributes(&body)?;
    desk::check_script(domain, handle)?;
    let id = domain.uuid();
    let opening = Opening {
        id: id.clone(),
        external_id: handle.to_owned(),
        token: None,
        target: Target::DeliveryProfile,
        attributes,
    };
    desk::open(domain, &mut domain.book(), opening);
    Ok(Answer::taken(200, json!({ "chatId": id })).about(id))
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

fn message(domain: &Tenant, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
    let body = request.json_object()?;
    required_choice(&body, "/type", &["RICHTEXT"])?;
    required_time(&body, "/timestamp", "an RFC 3339 time")?;
    let text = required_text(&body, "/text")?;
    let mut book = domain.book();
    let case = book.case(id).ok_or_else(|| refuse(404, "the chat does not exist"))?;
    desk::check_open(domain, case)?;
    desk::take_message(domain, case, text);
    Ok(Answer::taken(200, json!({ "status": "RECEIVED" })).about(id))
}

fn terminate(domain: &Tenant, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
    let body = request.json_object()?;
    let source = optional_text(&body, "/sourceParticipantId")?;
    let mut book = domain.book();
    let case = book.case(id).ok_or_else(|| refuse(404, "the chat does not exist"))?;
    let participant = case.own.participant.as_deref();
    let right = match domain.config.terminate_participant {
        TerminateParticipant::Any => true,
        TerminateParticipant::FromAccept => participant.is_some() && participant == source,
    };
    if !right && case.phase != Phase::Ended {
        return Err(bad("/sourceParticipantId is not a participant").about(id));
    }
    desk::end(domain, case)
}
