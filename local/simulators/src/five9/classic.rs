//! The classic flavour: chat REST API under `/appsvcs/rs/svc`.

use std::sync::Arc;

use serde_json::json;

use crate::engine::{Answer, Incoming, Phase, Refusal, bad, locked, refuse, required_text, with};

use super::{
    Book, Case, Tenant, body,
    config::{AuthScheme, ConversationIds, IdField, MetadataForm, TerminateCall},
    desk::{self, Opening},
    routes::moved,
    webhook::Target,
};

pub(super) fn answer(tenant: &Arc<Tenant>, request: &Incoming) -> Result<Answer, Refusal> {
    let segments = request.segments();
    let ["appsvcs", "rs", "svc", rest @ ..] = segments.as_slice() else {
        return Err(refuse(404, "no such resource"));
    };
    match (request.method.as_str(), rest) {
        ("POST", ["auth", "anon"]) => anonymous(tenant, request),
        ("GET", ["auth", "metadata"]) => Ok(metadata(tenant)),
        ("POST", ["conversations"]) => create(tenant, request),
        ("GET", ["conversations", id, "info"]) => info(tenant, request, id),
        ("POST", ["conversations", id, "messages"]) => message(tenant, request, id),
        ("PUT", ["conversations", id, "messages", "acknowledge"]) => acknowledge(tenant, request, id),
        ("POST", ["conversations", id, "terminate"]) => terminate(tenant, request, id),
        _ => Err(refuse(404, "no such resource")),
    }
}

/// `POST …/auth/anon?cookieless=true`, which every data centre answers.
fn anonymous(tenant: &Tenant, request: &Incoming) -> Result<Answer, Refusal> {
    if request.query_parameter("cookieless").as_deref() != Some("true") {
        return Err(bad("without cookieless=true the session is in a cookie"));
    }
    if required_text(&request.json_object()?, "/tenantName")? != tenant.config.tenant_name {
        return Err(refuse(401, "the tenant does not exist"));
    }
    let token = tenant.runtime.ids.token();
    tenant.book().own.insert(token.clone(), None);
    let centres = locked(&tenant.own.centres);
    let answer = json!({
        "tokenId": token, "sessionId": token, "userId": tenant.uuid(),
        "orgId": tenant.config.org_id.to_string(),
        "context": { "cloudClientUrl": "https://files.five9.com/", "farmId": centres.farm_id() },
    });
    Ok(Answer::taken(200, with(answer, centres.metadata(MetadataForm::Wrapped))))
}

fn metadata(tenant: &Tenant) -> Answer {
    let metadata = locked(&tenant.own.centres).metadata(tenant.config.metadata_form);
    Answer::taken(200, metadata)
}

/// Data centre, farm, token, in this order; answers the token.
fn admit<'a>(tenant: &Tenant, request: &'a Incoming) -> Result<&'a str, Refusal> {
    let farm = request.header("farmid").ok_or_else(|| bad("the farmId header is required"))?;
    let current = {
        let centres = locked(&tenant.own.centres);
        centres.is_active(request.header("host")) && centres.farm_id() == farm
    };
    if !current {
        return Err(moved());
    }
    let token = match tenant.config.auth_scheme {
        AuthScheme::BearerHyphen => request.header("authorization").and_then(|it| it.strip_prefix("Bearer-")),
        AuthScheme::Bearer => request.authorization("bearer"),
    };
    let known = token.filter(|it| tenant.book().own.contains_key(*it));
    known.ok_or_else(|| refuse(401, "the session does not exist"))
}

fn create(tenant: &Arc<Tenant>, request: &Incoming) -> Result<Answer, Refusal> {
    let token = admit(tenant, request)?;
    let wanted = body::create(&request.json_object()?, &tenant.config)?;
    desk::check_script(tenant, &wanted.external_id)?;
    let mut book = tenant.book();
    let user = book.own.entry(token.to_owned()).or_default();
    let first = user.is_none();
    if user.get_or_insert_with(|| wanted.external_id.clone()) != &wanted.external_id {
        return Err(refuse(403, "the session belongs to another conversation"));
    }
    let id = match tenant.config.conversation_ids {
        ConversationIds::Token if first => token.to_owned(),
        ConversationIds::Token | ConversationIds::Own => tenant.runtime.ids.token(),
    };
    let opening = Opening {
        id: id.clone(),
        external_id: wanted.external_id,
        token: Some(token.to_owned()),
        target: Target::CallbackUrl(wanted.callback_url),
        attributes: wanted.attributes,
    };
    desk::open(tenant, &mut book, opening);
    let field = match tenant.config.id_field {
        IdField::Id => "id",
        IdField::CorrelationId => "correlationId",
    };
    Ok(Answer::taken(200, json!({ field: id })).about(id))
}

/// The conversation of this token, over or not.
fn own<'a>(book: &'a mut Book, token: &str, id: &str) -> Result<&'a mut Case, Refusal> {
    let case = book.case(id).filter(|it| it.own.token.as_deref() == Some(token));
    case.ok_or_else(|| refuse(404, "the conversation does not exist"))
}

/// `ACTIVE` says nothing about a human.
fn info(tenant: &Tenant, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
    let token = admit(tenant, request)?;
    let mut book = tenant.book();
    let case = own(&mut book, token, id)?;
    let status = if case.phase == Phase::Ended {
        "TERMINATED"
    } else if case.own.inactive_reads > 0 {
        case.own.inactive_reads -= 1;
        "PENDING"
    } else {
        "ACTIVE"
    };
    Ok(Answer::taken(200, json!({ "status": status })).about(id))
}

fn message(tenant: &Tenant, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
    let token = admit(tenant, request)?;
    let body = request.json_object()?;
    let text = body::message(&body)?;
    let mut book = tenant.book();
    let case = own(&mut book, token, id)?;
    desk::check_open(tenant, case)?;
    if case.own.inactive_reads > 0 {
        return Err(refuse(409, "the conversation is not active yet").about(id));
    }
    desk::take_message(tenant, case, text);
    Ok(Answer::taken(200, json!({})).about(id))
}

fn acknowledge(tenant: &Tenant, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
    let token = admit(tenant, request)?;
    let receipts = body::acknowledgements(&request.json_object()?)?;
    own(&mut tenant.book(), token, id)?;
    tenant.runtime.update_conversation(id, |it| it.receipts.extend(receipts));
    Ok(Answer::taken(200, json!({})).about(id))
}

fn terminate(tenant: &Tenant, request: &Incoming, id: &str) -> Result<Answer, Refusal> {
    let token = admit(tenant, request)?;
    if let TerminateCall::Absent(status) = tenant.config.terminate_call {
        return Err(refuse(status, "there is no such call for anonymous sessions").about(id));
    }
    desk::end(tenant, own(&mut tenant.book(), token, id)?)
}
