//! The classic flavour: chat REST API under `/appsvcs/rs/svc`.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    act::Phase,
    centre::{Answer, Incoming},
    runtime::locked,
    shape::{Refusal, required_text},
};

use super::{
    Five9, body,
    book::{Book, Case, Session},
    config::{AuthScheme, ConversationIds, IdField, MetadataForm, TerminateCall},
    desk::{self, Opening},
    routes::{json_body, moved, refuse},
    webhook::Target,
};

type Refused = Answer;

pub(super) fn answer(five9: &Arc<Five9>, request: &Incoming) -> Answer {
    let segments = request.segments();
    let ["appsvcs", "rs", "svc", rest @ ..] = segments.as_slice() else {
        return refuse(five9, 404, "no such resource");
    };
    let answered = match (request.method.as_str(), rest) {
        ("POST", ["auth", "anon"]) => anonymous(five9, request),
        ("GET", ["auth", "metadata"]) => Ok(metadata(five9)),
        ("POST", ["conversations"]) => create(five9, request),
        ("GET", ["conversations", id, "info"]) => info(five9, request, id),
        ("POST", ["conversations", id, "messages"]) => message(five9, request, id),
        ("PUT", ["conversations", id, "messages", "acknowledge"]) => acknowledge(five9, request, id),
        ("POST", ["conversations", id, "terminate"]) => terminate(five9, request, id),
        _ => Err(refused(five9, 404, "no such resource")),
    };
    answered.unwrap_or_else(|refusal| refusal)
}

fn refused(five9: &Five9, status: u16, problem: &str) -> Refused {
    refuse(five9, status, problem)
}

fn bad(five9: &Five9, Refusal(problem): Refusal) -> Refused {
    refused(five9, 400, &problem)
}

/// `POST …/auth/anon?cookieless=true`, which every data centre answers.
fn anonymous(five9: &Five9, request: &Incoming) -> Result<Answer, Refused> {
    if request.query_parameter("cookieless").as_deref() != Some("true") {
        return Err(refused(five9, 400, "without cookieless=true the session is in a cookie"));
    }
    let body = json_body(five9, request)?;
    let tenant = required_text(&body, "/tenantName").map_err(|it| bad(five9, it))?;
    if tenant != five9.config.tenant_name {
        return Err(refused(five9, 401, "the tenant does not exist"));
    }
    let token = five9.runtime.ids.token();
    locked(&five9.book).sessions.insert(token.clone(), Session::default());
    let centres = locked(&five9.centres);
    let mut answer = json!({
        "tokenId": token, "sessionId": token, "userId": five9.runtime.ids.uuid(),
        "orgId": five9.config.org_id.to_string(),
        "context": { "cloudClientUrl": "https://files.five9.com/", "farmId": centres.farm_id() },
    });
    if let (Some(fields), Value::Object(metadata)) = (answer.as_object_mut(), centres.metadata(MetadataForm::Wrapped)) {
        fields.extend(metadata);
    }
    Ok(Answer::taken(200, Some(answer)))
}

fn metadata(five9: &Five9) -> Answer {
    let metadata = locked(&five9.centres).metadata(five9.config.metadata_form);
    Answer::taken(200, Some(metadata))
}

/// Data centre, farm, token, in this order; answers the token.
fn admit<'a>(five9: &Five9, request: &'a Incoming) -> Result<&'a str, Refused> {
    let Some(farm) = request.header("farmid") else {
        return Err(refused(five9, 400, "the farmId header is required"));
    };
    let current = {
        let centres = locked(&five9.centres);
        centres.is_active(request.header("host")) && centres.farm_id() == farm
    };
    if !current {
        return Err(moved(five9));
    }
    let token = match five9.config.auth_scheme {
        AuthScheme::BearerHyphen => request.header("authorization").and_then(|it| it.strip_prefix("Bearer-")),
        AuthScheme::Bearer => request.authorization("bearer"),
    };
    match token {
        Some(token) if locked(&five9.book).sessions.contains_key(token) => Ok(token),
        Some(_) | None => Err(refused(five9, 401, "the session does not exist")),
    }
}

fn create(five9: &Arc<Five9>, request: &Incoming) -> Result<Answer, Refused> {
    let token = admit(five9, request)?;
    let body = json_body(five9, request)?;
    let wanted = body::create(&body, &five9.config).map_err(|it| bad(five9, it))?;
    if desk::rejects(five9, &wanted.external_id) {
        return Err(refused(five9, 400, "the campaign takes no conversations"));
    }
    let mut book = locked(&five9.book);
    let session = book.sessions.entry(token.to_owned()).or_default();
    let first = session.external_id.is_none();
    if session.external_id.get_or_insert_with(|| wanted.external_id.clone()) != &wanted.external_id {
        return Err(refused(five9, 403, "the session belongs to another conversation"));
    }
    let id = match five9.config.conversation_ids {
        ConversationIds::Token if first => token.to_owned(),
        ConversationIds::Token | ConversationIds::Own => five9.runtime.ids.token(),
    };
    let opening = Opening {
        id: id.clone(),
        external_id: wanted.external_id,
        token: Some(token.to_owned()),
        target: Target::CallbackUrl(wanted.callback_url),
        attributes: wanted.attributes,
    };
    desk::open(five9, &mut book, opening);
    let field = match five9.config.id_field {
        IdField::Id => "id",
        IdField::CorrelationId => "correlationId",
    };
    Ok(Answer::taken(200, Some(json!({ field: id }))).about(id))
}

/// The conversation of this token, over or not.
fn own<'a>(five9: &Five9, book: &'a mut Book, token: &str, id: &str) -> Result<&'a mut Case, Refused> {
    match book.cases.get_mut(id) {
        Some(case) if case.token.as_deref() == Some(token) => Ok(case),
        Some(_) | None => Err(refused(five9, 404, "the conversation does not exist")),
    }
}

/// `ACTIVE` says nothing about a human.
fn info(five9: &Five9, request: &Incoming, id: &str) -> Result<Answer, Refused> {
    let token = admit(five9, request)?;
    let mut book = locked(&five9.book);
    let case = own(five9, &mut book, token, id)?;
    let status = if case.phase == Phase::Ended {
        "TERMINATED"
    } else if case.inactive_reads > 0 {
        case.inactive_reads -= 1;
        "PENDING"
    } else {
        "ACTIVE"
    };
    Ok(Answer::taken(200, Some(json!({ "status": status }))).about(id))
}

fn message(five9: &Five9, request: &Incoming, id: &str) -> Result<Answer, Refused> {
    let token = admit(five9, request)?;
    let body = json_body(five9, request)?;
    let text = body::message(&body).map_err(|it| bad(five9, it))?;
    let mut book = locked(&five9.book);
    let case = own(five9, &mut book, token, id)?;
    if case.phase == Phase::Ended {
        return Err(desk::gone(five9, id));
    }
    if case.inactive_reads > 0 {
        return Err(refuse(five9, 409, "the conversation is not active yet").about(id));
    }
    desk::take_message(five9, case, id, text);
    Ok(Answer::taken(200, Some(json!({}))).about(id))
}

fn acknowledge(five9: &Five9, request: &Incoming, id: &str) -> Result<Answer, Refused> {
    let token = admit(five9, request)?;
    let body = json_body(five9, request)?;
    let receipts = body::acknowledgements(&body).map_err(|it| bad(five9, it))?;
    let mut book = locked(&five9.book);
    own(five9, &mut book, token, id)?;
    five9.runtime.update_conversation(id, |it| it.receipts.extend(receipts));
    Ok(Answer::taken(200, Some(json!({}))).about(id))
}

fn terminate(five9: &Five9, request: &Incoming, id: &str) -> Result<Answer, Refused> {
    let token = admit(five9, request)?;
    if let TerminateCall::Absent(status) = five9.config.terminate_call {
        return Err(refuse(five9, status, "there is no such call for anonymous sessions").about(id));
    }
    let mut book = locked(&five9.book);
    own(five9, &mut book, token, id)?;
    Ok(desk::end(five9, &mut book, id))
}
