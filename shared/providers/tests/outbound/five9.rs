//! Requests to Five9's classic interface.

use http::Method;
use serde_json::{Value, json};
use transfer_domain::{EndReason, EndedBy, EventKind, ReceiptState};
use transfer_providers::{Answer, Availability, CallError, HostPolicy, ProviderClient, WebhookRequest};

use crate::support::{
    PUBLIC_BASE_URL, Script, Stage, TRANSFER, answer, answer_json, choice, class, message, ok_json, serve,
    status_answer,
};

const ROOT: &str = "/appsvcs/rs/svc";
const AUTH: &str = "POST /appsvcs/rs/svc/auth/anon?cookieless=true";
const METADATA: &str = "GET /appsvcs/rs/svc/auth/metadata";
const CREATE: &str = "POST /appsvcs/rs/svc/conversations";

/// HMAC-SHA256 of the transfer's id under the path secret, computed by another program.
const TRANSFER_SECRET: &str = "JXlI2OTImvvdcpyfG17J2C0AX8jqDMmmy2HoZmAakak";

/// The data centres, of which only the given host is active.
fn metadata(host: &str) -> Value {
    let (name, port) = host.rsplit_once(':').unwrap();
    json!({ "dataCenters": [
        { "name": "Elsewhere", "active": false, "apiUrls": [{ "host": "app-old.five9.com", "port": "443" }] },
        { "name": "Here", "active": true, "apiUrls": [{ "host": name, "port": port }] },
    ] })
}

fn login(host: &str) -> Value {
    json!({ "tokenId": "token-8f1c", "sessionId": "token-8f1c", "userId": "u", "orgId": "131096",
            "context": { "cloudClientUrl": format!("http://{host}/"), "farmId": "farm-1" }, "metadata": metadata(host) })
}

fn migrated(farm: &str) -> Answer {
    answer_json(
        435,
        &json!({ "five9ExceptionDetail": { "errorCode": 5001, "message": "Service migrated", "context": { "farmId": farm } } }),
    )
}

fn host(stage: &Stage) -> String {
    stage.setting("host").to_owned()
}

/// A stage whose login is answered with its own host, and what comes behind it with these.
fn logged_in(answers: impl IntoIterator<Item = Answer>) -> Stage {
    let stage = Stage::five9(json!({}));
    let login = login(&host(&stage));
    stage.told([ok_json(login)]).told(answers)
}

fn conversation() -> Answer {
    ok_json(json!({ "id": "8f1c" }))
}

/// A stage whose conversation is open, at the host of the login.
fn opened(extra: Value) -> Stage {
    let stage = Stage::five9(extra);
    let host = host(&stage);
    let remembered = json!({ "tokenId": "token-8f1c", "farmId": "farm-1", "apiHost": format!("http://{host}"), "orgId": "131096",
                        "cloudUrl": format!("http://{host}"), "conversationId": "8f1c" });
    stage.remembering(remembered)
}

/// The same, with a representative, so that nothing waits before the first message.
fn active(extra: Value) -> Stage {
    opened(extra).active()
}

#[tokio::test]
async fn an_opening_is_an_anonymous_session_and_one_creation_at_its_data_centre() {
    let centre = Script::default();
    let elsewhere = serve(&centre);
    let mut answered = login(&elsewhere);
    answered["context"]["cloudClientUrl"] = "https://files.five9.com/".into();
    let stage = Stage::five9(json!({})).told([ok_json(answered)]);
    centre.answers(ok_json(json!({ "id": "8f1c", "unknown": [] })));
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id.unwrap().as_str(), "8f1c");
    assert_eq!(Value::Object(opened.provider_data), json!({ "campaignName": "AI Handoff" }));
    let remembered = json!({ "tokenId": "token-8f1c", "farmId": "farm-1", "apiHost": format!("http://{elsewhere}"), "orgId": "131096",
                        "cloudUrl": "https://files.five9.com", "conversationId": "8f1c" });
    assert_eq!(Value::Object(opened.provider_state), remembered);

    let auth = stage.script.only_call();
    assert_eq!((auth.line(), auth.json()), (AUTH.to_owned(), json!({ "tenantName": "Acme Inc" })));
    assert_eq!(auth.header("authorization"), None);
    let created = centre.only_call();
    assert_eq!(created.line(), CREATE);
    assert_eq!(created.header("authorization"), Some("Bearer-token-8f1c"));
    assert_eq!(created.header("farmid"), Some("farm-1"));
    let expected = json!({
        "campaignName": "AI Handoff", "tenantId": 131_096, "type": "Generic", "externalId": TRANSFER,
        "callbackUrl": format!("{PUBLIC_BASE_URL}/v1/webhooks/five9/int_1/{TRANSFER_SECRET}/{TRANSFER}"),
        "contact": { "firstName": "Test", "lastName": "User", "email": "user@example.com" },
        "attributes": { "Question": "Card declined", "Custom.summary": "Refund for order 42, ID checked",
                        "Custom.external_history": "user: Card declined\nbot: Let me get a person" },
    });
    assert_eq!(created.json(), expected);
}

#[tokio::test]
async fn the_address_that_is_told_is_the_one_that_is_verified() {
    let stage = logged_in([conversation()]);
    stage.open().await.unwrap();
    let told = stage.script.calls()[1].json()["callbackUrl"].as_str().unwrap().to_owned();
    // What Five9 appends.
    let called = format!("{told}/conversations/8f1c/accept");
    let path = called.strip_prefix(&format!("{PUBLIC_BASE_URL}/v1/webhooks/five9/int_1/")).unwrap();
    let (secret, rest) = path.split_once('/').unwrap();
    let request = WebhookRequest {
        method: Method::PUT,
        rest: rest.split('/').map(str::to_owned).collect(),
        headers: http::HeaderMap::new(),
        body: b"{}".to_vec(),
    };
    assert_eq!(stage.bound().verify_path(&stage.secrets, secret, &request), Ok(()));
    let events = stage.bound().parse_webhook(&request, crate::support::start()).unwrap();
    assert_eq!(events[0].correlation.transfer_id, Some(stage.session.transfer_id()));
    assert!(!told.contains('?'), "Five9 appends to the path");
}

#[tokio::test]
async fn the_settings_of_an_opening_are_followed() {
    let extra = json!({
        "authScheme": "bearer", "conversationType": "WHATSAPP", "sendPriority": true, "historyMaxBytes": 24,
        "routingFields": { "skill": "billing", "campaignName": "not this one" },
        "pathOverrides": { "anonymousAuth": "/login", "create": "/v2/conversations" },
        "fieldAliases": { "tokenId": "session.token", "conversationId": "data.id", "tenantId": "domainId",
                          "attributeLanguage": "Custom.language", "attributeSkills": "Custom.skills", "attributeQueue": "Custom.queue",
                          "attributeQuestion": "Subject", "attributeSummary": "" },
    });
    let stage = Stage::five9(extra);
    let mut answered = login(&host(&stage));
    answered["session"] = json!({ "token": "token-2" });
    stage.script.answers(answer_json(200, &answered)).answers(answer_json(201, &json!({ "data": { "id": "c-9" } })));
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id.unwrap().as_str(), "c-9");
    let calls = stage.script.calls();
    assert_eq!((calls[0].line(), calls[1].line()), ("POST /login".to_owned(), "POST /v2/conversations".to_owned()));
    assert_eq!(calls[1].header("authorization"), Some("Bearer token-2"));
    let body = calls[1].json();
    for (pointer, expected) in [
        ("/contentType", json!("WHATSAPP")),
        ("/type", Value::Null),
        ("/priority", json!(5)),
        ("/skill", json!("billing")),
        ("/campaignName", json!("AI Handoff")),
        ("/domainId", json!(131_096)),
        ("/attributes/Custom.language", json!("de")),
        ("/attributes/Custom.skills", json!("billing,de")),
        ("/attributes/Custom.queue", json!("billing")),
        ("/attributes/Subject", json!("Card declined")),
        ("/attributes/Custom.summary", Value::Null),
        ("/attributes/Custom.external_history", json!("bot: Let me get a person")),
    ] {
        assert_eq!(body.pointer(pointer).cloned().unwrap_or_default(), expected, "{pointer}");
    }
}

#[tokio::test]
async fn an_id_that_is_the_token_is_not_shown() {
    let stage = logged_in([ok_json(json!({ "correlationId": "token-8f1c" }))]);
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_state["conversationId"], "token-8f1c");
    assert_eq!(opened.provider_session_id.unwrap().as_str().len(), 64, "a digest");
}

#[tokio::test]
async fn a_data_centre_outside_five9_is_never_called() {
    for elsewhere in ["evil.example:443", "five9.com.evil.example:443", "169.254.169.254:80"] {
        let stage = Stage::five9(json!({})).told([ok_json(login(elsewhere))]);
        assert!(matches!(stage.open().await, Err(CallError::Misconfigured { .. })), "{elsewhere}");
        assert_eq!(stage.script.calls().len(), 1);
    }
    let mut stage = Stage::five9(json!({}));
    stage.client = ProviderClient::new(HostPolicy::Public, std::time::Duration::from_secs(1));
    assert!(matches!(stage.open().await, Err(CallError::Misconfigured { .. })), "the login host neither");
}

#[tokio::test]
async fn without_metadata_the_host_of_the_login_is_called() {
    let stage = Stage::five9(json!({})).told([ok_json(json!({ "tokenId": "t" })), ok_json(json!({ "id": "c" }))]);
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_state["apiHost"], format!("http://{}", host(&stage)));
    let created = &stage.script.calls()[1];
    assert_eq!((created.header("farmid"), created.json().get("tenantId")), (None, None));
}

#[tokio::test]
async fn trouble_at_the_login_never_touches_a_conversation() {
    for (statuses, expected) in [([400, 401, 403, 404], "misconfigured"), ([408, 429, 435, 503], "not sent")] {
        for status in statuses {
            let stage = Stage::five9(json!({})).told([status_answer(status)]);
            assert_eq!(class(stage.open().await.map(drop)), expected, "{status}");
            assert_eq!(stage.script.calls().len(), 1);
        }
    }
    for body in ["", "<html>", "{}", "{\"tokenId\":\"\"}"] {
        let stage = Stage::five9(json!({})).told([answer(200, body)]);
        assert!(matches!(stage.open().await, Err(CallError::NotSent { .. })), "{body}");
    }
}

#[tokio::test]
async fn what_is_needed_for_the_callback_is_asked_for_before_any_call() {
    let mut stage = Stage::five9(json!({}));
    stage.secrets.path_secrets.clear();
    assert!(matches!(stage.open().await, Err(CallError::Misconfigured { .. })));
    let stage = Stage::five9(json!({}));
    let mut connection = stage.connection();
    connection.public_base_url = "";
    let opened = stage.bound().open(connection, &stage.session, &stage.request).await;
    assert!(matches!(opened, Err(CallError::Misconfigured { .. })));
    assert!(stage.script.calls().is_empty());
}

#[tokio::test]
async fn each_status_of_a_creation_allows_what_the_contract_says() {
    for (statuses, expected) in
        [(&[400, 403, 404, 410][..], "refused"), (&[429], "not sent"), (&[408, 435, 500, 503, 504], "ambiguous")]
    {
        for status in statuses.iter().copied() {
            let stage = logged_in([status_answer(status)]);
            assert_eq!(class(stage.open().await.map(drop)), expected, "{status}");
            assert_eq!(stage.script.calls().len(), 2, "nothing is repeated blindly");
        }
    }
    for body in ["", "ok", "{}", "{\"id\":\"\"}"] {
        let stage = logged_in([answer(200, body)]);
        assert_eq!(class(stage.open().await.map(drop)), "ambiguous", "{body}");
    }
    let refused = json!({ "five9ExceptionDetail": { "errorCode": 4711, "message": "user@example.com is bad" } });
    let stage = logged_in([answer_json(400, &refused)]);
    assert_eq!(stage.open().await.unwrap_err().to_string(), "refused: 400 4711");
}

#[tokio::test]
async fn a_refused_token_is_fetched_anew_once_for_an_opening() {
    let stage = logged_in([status_answer(401)]);
    let again = ok_json(login(&host(&stage)));
    let stage = stage.told([again, conversation()]);
    stage.open().await.unwrap();
    assert_eq!(stage.lines(), [AUTH, CREATE, AUTH, CREATE]);
    let stage = logged_in([status_answer(401)]);
    let again = ok_json(login(&host(&stage)));
    let stage = stage.told([again, status_answer(401)]);
    let refused = CallError::Refused { reason: EndReason::ProviderRejected, what: "401".to_owned() };
    assert_eq!(stage.open().await, Err(refused));
    assert_eq!(stage.script.calls().len(), 4);
}

#[tokio::test]
async fn a_migration_is_followed_to_the_active_data_centre_once() {
    let centre = Script::default();
    let elsewhere = serve(&centre);
    let stage = logged_in([migrated("farm-2"), ok_json(metadata(&elsewhere))]);
    centre.answers(conversation());
    let opened = stage.open().await.unwrap();
    assert_eq!(stage.lines(), [AUTH, CREATE, METADATA]);
    assert_eq!(stage.script.calls()[2].header("authorization"), Some("Bearer-token-8f1c"));
    let created = centre.only_call();
    assert_eq!((created.line(), created.header("farmid")), (CREATE.to_owned(), Some("farm-2")));
    assert_eq!(opened.provider_state["farmId"], "farm-2");
    assert_eq!(opened.provider_state["apiHost"], format!("http://{elsewhere}"));
}

#[tokio::test]
async fn a_migration_that_does_not_end_had_no_effect() {
    let stage = active(json!({}));
    let here = ok_json(metadata(&host(&stage)));
    let stage = stage.told([migrated("farm-2"), here, migrated("farm-3")]);
    assert!(matches!(stage.send(&message("hi", &[])).await, Err(CallError::NotSent { .. })));
    assert_eq!(stage.script.calls().len(), 3);
    let stage = active(json!({})).told([migrated("farm-2"), status_answer(404)]);
    assert!(matches!(stage.send(&message("hi", &[])).await, Err(CallError::NotSent { .. })));
}

#[tokio::test]
async fn a_choice_is_told_as_text() {
    let stage = active(json!({})).told([status_answer(200)]);
    stage.send(&choice("opt-1", "Blue")).await.unwrap();
    assert_eq!(stage.script.only_call().json(), json!({ "messageType": "TEXT", "message": "Blue" }));
}

#[tokio::test]
async fn a_message_is_sent_at_most_once() {
    let stage = active(json!({})).told([status_answer(200)]);
    let files = [("https://files.example/a.png", Some("image/png")), ("https://files.example/b", None)];
    stage.send(&message("Hello", &files)).await.unwrap();
    let call = stage.script.only_call();
    assert_eq!(call.line(), format!("POST {ROOT}/conversations/8f1c/messages"));
    assert_eq!(call.header("authorization"), Some("Bearer-token-8f1c"));
    assert_eq!(call.header("farmid"), Some("farm-1"));
    let text = "Hello\nhttps://files.example/a.png\nhttps://files.example/b";
    assert_eq!(call.json(), json!({ "messageType": "TEXT", "message": text }));
    for (status, expected) in [
        (401, CallError::Gone { what: "401".to_owned() }),
        (404, CallError::Gone { what: "404".to_owned() }),
        (408, CallError::unknown("408")),
        (435, CallError::unknown("435")),
        (503, CallError::unknown("503")),
        (429, CallError::not_sent("429")),
        (400, CallError::refused("400")),
    ] {
        let stage = active(json!({})).told([status_answer(status)]);
        assert_eq!(stage.send(&message("hi", &[])).await, Err(expected), "{status}");
        assert_eq!(stage.script.calls().len(), 1);
    }
    let stage = active(json!({ "on401": "fail_call" })).told([status_answer(401)]);
    assert!(matches!(stage.send(&message("hi", &[])).await, Err(CallError::Refused { .. })));
}

#[tokio::test]
async fn the_first_message_waits_until_the_conversation_is_active() {
    let info = |status: &str| ok_json(json!({ "status": status }));
    let stage = opened(json!({})).told([info("CREATED"), status_answer(503), info("ACTIVE"), status_answer(200)]);
    stage.send(&message("hi", &[])).await.unwrap();
    let (look, say) =
        ("GET /appsvcs/rs/svc/conversations/8f1c/info", "POST /appsvcs/rs/svc/conversations/8f1c/messages");
    assert_eq!(stage.lines(), [look, look, look, say]);

    let stage = opened(json!({ "waitActive": 2 })).told([info("CREATED"), info("CREATED"), status_answer(200)]);
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(stage.lines(), [look, look, say], "it is spoken to all the same");

    let silent = opened(json!({})).told([status_answer(503), status_answer(503), status_answer(200)]);
    silent.send(&message("hi", &[])).await.unwrap();
    assert_eq!(silent.lines(), [look, look, say], "two questions without an answer are enough");

    for gone in [info("TERMINATED"), status_answer(404)] {
        let stage = opened(json!({})).told([gone]);
        assert!(matches!(stage.send(&message("hi", &[])).await, Err(CallError::Gone { .. })));
        assert_eq!(stage.script.calls().len(), 1);
    }
    let mut later = opened(json!({}));
    later.session.session.waiting_from = Some(3);
    later.script.answers(status_answer(200));
    later.send(&message("hi", &[])).await.unwrap();
    assert_eq!(later.lines(), [say]);
    let never = opened(json!({ "waitActive": 0 })).told([status_answer(200)]);
    never.send(&message("hi", &[])).await.unwrap();
    assert_eq!(never.lines(), [say]);
}

#[tokio::test]
async fn files_are_handed_over_if_told_to_and_else_become_links() {
    let stage = active(json!({ "attachments": "upload" }));
    let here = host(&stage);
    let stage = stage.told([
        answer(200, "the file"),
        ok_json(json!({ "access_token": "file-token" })),
        ok_json(json!({ "id": "f-1", "uploadUrl": format!("http://{here}/upload/f-1?sig=1") })),
        status_answer(200),
        ok_json(json!({ "fileDownloadId": "d-1" })),
        status_answer(404),
        status_answer(200),
    ]);
    let (good, bad) = (format!("http://{here}/x/a.png?sig=1"), format!("http://{here}/x/gone"));
    stage.send(&message("Look", &[(&good, Some("image/png")), (&bad, None)])).await.unwrap();
    let calls = stage.script.calls();
    let expected = [
        "GET /x/a.png?sig=1".to_owned(),
        "POST /cloudauthsvcs/v1/domains/131096/exchangefdmtoken".to_owned(),
        "POST /file-svc/v1/domains/131096/file-upload/file-policies/GENERIC".to_owned(),
        "PUT /upload/f-1?sig=1".to_owned(),
        "GET /file-svc/v1/domains/131096/files/f-1".to_owned(),
        "GET /x/gone".to_owned(),
        format!("POST {ROOT}/conversations/8f1c/messages"),
    ];
    assert_eq!(stage.lines(), expected);
    assert_eq!(calls[0].header("authorization"), None, "the file is not Five9's");
    assert_eq!(calls[1].header("authorization"), Some("Bearer-token-8f1c"));
    assert_eq!(calls[2].header("authorization"), Some("Bearer file-token"));
    assert_eq!(calls[2].json(), json!({ "fileName": "a.png" }));
    assert_eq!((calls[3].header("content-type"), &calls[3].body[..]), (Some("image/png"), &b"the file"[..]));
    let said = json!({ "messageType": "TEXT", "message": format!("Look\n{bad}"), "attachments": ["d-1"] });
    assert_eq!(calls[6].json(), said);
}

#[tokio::test]
async fn messages_are_acknowledged_by_their_numbers() {
    let stage = active(json!({ "sendAcks": true })).told([status_answer(200)]);
    stage.acknowledge(&["a0:7", "b1:8", "without"], ReceiptState::Delivered).await.unwrap();
    let told = stage.script.only_call();
    assert_eq!(told.line(), format!("PUT {ROOT}/conversations/8f1c/messages/acknowledge"));
    let of = |number: &str| json!({ "type": "DELIVERED", "messageId": number });
    assert_eq!(told.json(), json!({ "messages": [of("7"), of("8")] }));
    stage.acknowledge(&["without"], ReceiptState::Delivered).await.unwrap();
    assert_eq!(stage.script.calls().len(), 1);
}

#[tokio::test]
async fn a_conversation_is_terminated_and_one_that_is_gone_is_a_success() {
    for status in [200, 204, 401, 404, 410] {
        let stage = active(json!({})).told([status_answer(status)]);
        assert_eq!(stage.end().await, Ok(()), "{status}");
        assert_eq!(stage.script.only_call().line(), format!("POST {ROOT}/conversations/8f1c/terminate"));
    }
    let stage = active(json!({})).told([status_answer(503)]);
    assert!(matches!(stage.end().await, Err(CallError::Ambiguous { .. })));
    let never_told = Stage::five9(json!({}));
    assert!(matches!(never_told.end().await, Err(CallError::Refused { .. })));
}

#[tokio::test]
async fn where_no_call_ends_a_conversation_the_representative_is_told_once() {
    let goodbye = json!({ "messageType": "TEXT", "message": "The customer ended the chat." });
    for status in [405, 501] {
        let stage = active(json!({})).told([status_answer(status), status_answer(200)]);
        assert_eq!(stage.end().await, Ok(()), "{status}");
        assert_eq!(stage.script.calls()[1].json(), goodbye);
    }
    let stage = active(json!({ "endMethod": "none" })).told([status_answer(503)]);
    assert_eq!(stage.end().await, Ok(()), "it may have been said, so it is not said again");
    assert_eq!(stage.script.only_call().json(), goodbye);
    for extra in [json!({}), json!({ "endMethod": "none" })] {
        let again = active(extra).closing().told([status_answer(405)]);
        assert_eq!(again.end().await, Ok(()));
        assert!(!again.script.calls().iter().any(|call| call.line().ends_with("/messages")));
    }
}

#[tokio::test]
async fn looking_tells_whether_the_conversation_is_over_and_where_it_moved() {
    let info = |status: &str| ok_json(json!({ "status": status }));
    let stage = active(json!({})).told([info("ACTIVE")]);
    let events = stage.poll().await.unwrap();
    assert_eq!(events.len(), 1);
    assert_eq!((&events[0].kind, events[0].provider_state.len()), (&EventKind::Accepted, 0));

    let stage = active(json!({})).told([info("Terminated")]);
    let events = stage.poll().await.unwrap();
    assert_eq!(events[1].kind, EventKind::Ended { by: EndedBy::System, reason: EndReason::Reconciled });

    let centre = Script::default();
    let elsewhere = serve(&centre);
    let stage = active(json!({})).told([migrated("farm-2"), ok_json(metadata(&elsewhere))]);
    centre.answers(info("ACTIVE"));
    let events = stage.poll().await.unwrap();
    assert_eq!(events[0].provider_state["apiHost"], format!("http://{elsewhere}"));
    assert_eq!(events[0].provider_state["farmId"], "farm-2");

    let stage = active(json!({})).told([status_answer(404)]);
    assert!(matches!(stage.poll().await, Err(CallError::Gone { .. })));
    let never_told = Stage::five9(json!({}));
    assert_eq!(never_told.poll().await, Ok(vec![]));
}

#[tokio::test]
async fn after_a_lost_opening_the_conversations_id_is_the_token() {
    let stage = logged_in([status_answer(200)]).remembering(json!({ "conversationId": "8f1c" })).active();
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(stage.lines(), [AUTH.to_owned(), format!("POST {ROOT}/conversations/8f1c/messages")]);
    assert_eq!(stage.script.calls()[1].header("authorization"), Some("Bearer-8f1c"));
    assert_eq!(stage.script.calls()[1].header("farmid"), Some("farm-1"), "only a login tells the farm");
}

#[tokio::test]
async fn the_rate_is_kept_and_nobody_is_known_by_name_or_availability() {
    let stage = active(json!({ "ratePerMin": 1 })).told([status_answer(200)]);
    stage.send(&message("hi", &[])).await.unwrap();
    let error = stage.send(&message("ho", &[])).await.unwrap_err();
    assert!(matches!(error, CallError::NotYet { .. }));
    assert_eq!(stage.bound().availability(stage.connection(), "billing").await, Ok(Availability::Unknown));
    assert_eq!(stage.bound().representative_name(stage.connection(), "a-1").await, Ok(None));
}

mod open_messaging {
    use super::*;

    const CHATS: &str = "/messaging-service/v1/domains/131096";

    fn opened(extra: Value) -> Stage {
        Stage::five9_chats(extra).named("c-1")
    }

    #[tokio::test]
    async fn an_opening_is_a_chat_of_the_delivery_profile() {
        let stage = Stage::five9_chats(json!({})).told([ok_json(json!({ "chatId": "c-1" }))]);
        let opened = stage.open().await.unwrap();
        assert_eq!(opened.provider_session_id.unwrap().as_str(), "c-1");
        assert_eq!(Value::Object(opened.provider_data), json!({ "chatId": "c-1" }));
        assert!(opened.provider_state.is_empty());
        let call = stage.script.only_call();
        assert_eq!(call.line(), format!("POST {CHATS}/delivery-profiles/dp-1/chats"));
        assert_eq!(call.header("authorization"), Some("Bearer token-1"));
        let expected = json!({
            "channel": "GENERIC", "campaignSource": { "campaignName": "AI Handoff", "campaignHandle": "Chat" },
            "contactSource": { "clientHandle": TRANSFER },
            "attributes": [
                { "attributeName": "Custom.external_history", "attributeValue": "user: Card declined\nbot: Let me get a person" },
                { "attributeName": "Custom.summary", "attributeValue": "Refund for order 42, ID checked" },
                { "attributeName": "Question", "attributeValue": "Card declined" },
            ],
        });
        assert_eq!(call.json(), expected);
        let [token] = stage.script.token_calls().try_into().unwrap();
        assert_eq!(token.line(), "POST /oauth2/v1/token");
        assert_eq!(token.header("authorization"), Some("Basic aWQ6c2VjcmV0"));
        assert_eq!(token.body, *b"grant_type=client_credentials&scope=openmessaging%3Aread+openmessaging%3Awrite");
    }

    #[tokio::test]
    async fn the_token_may_be_asked_for_with_credentials_in_the_body() {
        let stage = Stage::five9_chats(json!({ "oauthStyle": "body", "oauthScope": "api" }))
            .told([ok_json(json!({ "chatId": "c-1" }))]);
        stage.open().await.unwrap();
        let [token] = stage.script.token_calls().try_into().unwrap();
        assert_eq!(token.header("authorization"), None);
        assert_eq!(token.body, *b"grant_type=client_credentials&scope=api&client_id=id&client_secret=secret");
    }

    #[tokio::test]
    async fn an_opening_that_fails_allows_what_the_contract_says() {
        for (status, expected) in [(400, "refused"), (404, "refused"), (500, "ambiguous"), (504, "ambiguous")] {
            let stage = Stage::five9_chats(json!({})).told([status_answer(status)]);
            assert_eq!(class(stage.open().await.map(drop)), expected, "{status}");
        }
        let stage = Stage::five9_chats(json!({})).told([ok_json(json!({}))]);
        assert!(matches!(stage.open().await, Err(CallError::Ambiguous { .. })));
        let mut stage = Stage::five9_chats(json!({}));
        stage.secrets.credentials.remove("clientKey");
        let missing = CallError::Misconfigured { what: "/credentials/clientKey".to_owned() };
        assert_eq!(stage.open().await.unwrap_err(), missing);
    }

    #[tokio::test]
    async fn a_message_is_rich_text_with_its_time() {
        let stage = opened(json!({})).told([ok_json(json!({ "status": "RECEIVED" })), status_answer(503)]);
        stage.send(&message("Hello", &[("https://files.example/a.png", None)])).await.unwrap();
        let call = &stage.script.calls()[0];
        assert_eq!(call.line(), format!("POST {CHATS}/chats/c-1/messages"));
        let expected = json!({ "type": "RICHTEXT", "timestamp": "2026-01-12T10:00:30Z", "text": "Hello\nhttps://files.example/a.png" });
        assert_eq!(call.json(), expected);
        assert!(matches!(stage.send(&message("Hello", &[])).await, Err(CallError::Ambiguous { .. })));
    }

    #[tokio::test]
    async fn a_chat_is_ended_by_whom_the_setting_says() {
        for (source, participant, expected) in [
            ("omit", Some("p-1"), json!({})),
            ("accept_from", Some("p-1"), json!({ "sourceParticipantId": "p-1" })),
            ("accept_from", None, json!({})),
        ] {
            let known = participant.map_or_else(|| json!({}), |participant| json!({ "participantId": participant }));
            let stage = opened(json!({ "endParticipantSource": source })).remembering(known).told([status_answer(200)]);
            stage.end().await.unwrap();
            let call = stage.script.only_call();
            assert_eq!((call.line(), call.json()), (format!("POST {CHATS}/chats/c-1:terminate"), expected));
        }
        let stage = opened(json!({ "endParticipantSource": "skip" })).told([status_answer(200)]);
        stage.end().await.unwrap();
        assert_eq!(stage.script.only_call().json()["text"], "The customer ended the chat.");
        for status in [404, 410] {
            let stage = opened(json!({})).told([status_answer(status)]);
            assert_eq!(stage.end().await, Ok(()), "{status}");
        }
        let stage = opened(json!({})).told([status_answer(405), status_answer(200)]);
        assert_eq!((stage.end().await, stage.script.calls().len()), (Ok(()), 2));
        let again = opened(json!({})).closing().told([status_answer(405)]);
        assert_eq!((again.end().await, again.script.calls().len()), (Ok(()), 1), "it is said once");
        let never_told = Stage::five9_chats(json!({}));
        assert!(matches!(never_told.end().await, Err(CallError::Refused { .. })));
    }

    #[tokio::test]
    async fn a_chat_cannot_be_asked_how_it_stands() {
        let stage = opened(json!({}));
        assert_eq!(stage.poll().await, Ok(vec![]));
        assert!(stage.script.calls().is_empty());
    }
}
