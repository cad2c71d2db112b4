//! Requests to SmartAssist.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeySize, PrivateDecryptingKey};
use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use transfer_domain::{EndReason, EndedBy, EventKind, Order, ProviderEvent, ProviderSessionId, Representative};
use transfer_providers::{Availability, CallError};

use crate::support::{Seen, Stage, TRANSFER, answer, answer_json, message, start, status_answer};

const CHANNEL: &str = "POST /chatbot/v2/webhook/st-b3a3";
const REST: &str = "/agentassist/api/v1/public/st-b3a3";

async fn channel(extra: Value) -> Stage {
    Stage::smartassist(extra, &[]).await
}

fn ok() -> axum::response::Response {
    answer_json(200, &json!({ "status": "ok", "_v": "v2", "traceId": "RTM-TRACE-1" }))
}

fn error(code: u16) -> Value {
    json!({ "errors": [{ "msg": "user@example.com is bad", "code": code }], "_v": "v2", "_t": "RTM-TRACE-2" })
}

fn claims(token: &str, algorithm: Algorithm, key: &DecodingKey) -> Value {
    let mut validation = Validation::new(algorithm);
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    jsonwebtoken::decode::<Value>(token, key, &validation).unwrap().claims
}

fn token_of(call: &Seen) -> &str {
    call.header("authorization").unwrap().strip_prefix("bearer ").unwrap()
}

fn channel_claims(call: &Seen) -> Value {
    claims(token_of(call), Algorithm::HS256, &DecodingKey::from_secret(b"channel-secret"))
}

#[tokio::test]
async fn an_opening_is_the_first_message_of_a_new_session() {
    let stage = channel(json!({})).await;
    stage.script.answers(ok());
    let opened = stage.open().await.unwrap();
    assert_eq!(opened.provider_session_id, None, "none is told");
    assert_eq!(Value::Object(opened.provider_data), json!({ "traceId": "RTM-TRACE-1" }));
    assert!(opened.provider_state.is_empty());
    let call = stage.script.only_call();
    assert_eq!(call.line(), CHANNEL);
    assert_eq!(call.header("content-type"), Some("application/json"));
    let expected = json!({
        "session": { "new": true },
        "message": { "type": "text", "val": "talk to a person" },
        "from": { "id": TRANSFER,
                  "userInfo": { "firstName": "Test", "lastName": "User", "email": "user@example.com" } },
        "customData": {
            "transferId": TRANSFER, "summary": "Refund for order 42, ID checked", "reason": "Card declined",
            "transcript": "Test User: Card declined\nBot: Let me get a person", "queue": "billing",
            "skills": ["billing", "de"], "priority": 5, "language": "de",
        },
        "metaTags": { "sessionLevelTags": [{ "name": "transferId", "value": TRANSFER }] },
        "interactiveLanguage": "de",
    });
    assert_eq!(call.json(), expected);
}

#[tokio::test]
async fn the_alternatives_of_an_opening_are_sent() {
    let extra = json!({ "openEvent": "on_connect", "languageField": "InteractiveLanguage" });
    let mut stage = channel(extra).await;
    stage.briefing.contact.name = None;
    stage.briefing.contact.email = None;
    stage.script.answers(ok());
    stage.open().await.unwrap();
    let body = stage.script.only_call().json();
    assert_eq!(body["message"], json!({ "type": "event", "val": "ON_CONNECT" }));
    assert_eq!((&body["InteractiveLanguage"], body.get("interactiveLanguage")), (&json!("de"), None));
    assert_eq!(body["from"], json!({ "id": TRANSFER }));
    let stage = channel(json!({ "openText": "agent please" })).await;
    stage.script.answers(ok());
    stage.open().await.unwrap();
    assert_eq!(stage.script.only_call().json()["message"], json!({ "type": "text", "val": "agent please" }));
}

#[tokio::test]
async fn a_long_conversation_is_told_by_its_newest_turns() {
    let mut stage = channel(json!({})).await;
    let turn = stage.briefing.history[0].clone();
    for number in 0..40 {
        let text = format!("{number} {}", "x".repeat(1000));
        stage.briefing.history.push(transfer_domain::HistoryTurn { text, ..turn.clone() });
    }
    stage.script.answers(ok());
    stage.open().await.unwrap();
    let body = stage.script.only_call().json();
    let transcript = body["customData"]["transcript"].as_str().unwrap();
    assert!(transcript.len() <= 16 * 1024);
    assert!(transcript.lines().last().unwrap().starts_with("Test User: 39 "));
    assert!(!transcript.contains("Card declined"));
}

#[tokio::test]
async fn a_token_says_who_speaks_and_lives_for_the_configured_time() {
    let stage = channel(json!({})).await;
    stage.script.answers(ok()).answers(ok());
    stage.send(&message("hi", &[])).await.unwrap();
    stage.send(&message("ho", &[])).await.unwrap();
    let calls = stage.script.calls();
    let [first, second] = [channel_claims(&calls[0]), channel_claims(&calls[1])];
    let issued = start().timestamp();
    assert_eq!((&first["appId"], &first["userIdentity"]), (&json!("cs-1"), &json!(TRANSFER)));
    assert_eq!((&first["iat"], &first["exp"]), (&json!(issued), &json!(issued + 300)));
    assert_eq!(first.get("jti"), None);
    assert_ne!(first["sub"], second["sub"]);
    assert_eq!(calls[0].json()["from"]["id"], first["userIdentity"], "else the token is refused");
}

#[tokio::test]
async fn the_settings_of_tokens_are_followed() {
    let stage = channel(json!({ "jwtTtlSecs": 0, "jwtExtra": "jti", "jwtAlg": "HS512" })).await;
    stage.script.answers(ok()).answers(ok());
    stage.send(&message("hi", &[])).await.unwrap();
    stage.clock.advance(TimeDelta::seconds(1));
    stage.send(&message("hi", &[])).await.unwrap();
    let key = DecodingKey::from_secret(b"channel-secret");
    let all: Vec<_> = stage.script.calls().iter().map(|call| claims(token_of(call), Algorithm::HS512, &key)).collect();
    assert_eq!(all[0].get("exp"), None);
    assert!(all[0]["jti"].is_string());
    assert_ne!(all[0]["jti"], all[1]["jti"]);
}

#[tokio::test]
async fn a_key_pair_signs_and_encrypts() {
    let pair = PrivateDecryptingKey::generate(KeySize::Rsa2048).unwrap();
    let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
    let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
    let private = pem::encode(&pem::Pem::new("PRIVATE KEY", private.as_ref()));
    let public = pem::encode(&pem::Pem::new("PUBLIC KEY", public.as_ref()));
    let key = DecodingKey::from_rsa_pem(public.as_bytes()).unwrap();
    for (word, algorithm) in [("RS256", Algorithm::RS256), ("RS512", Algorithm::RS512)] {
        let stage = Stage::smartassist(json!({ "jwtAlg": word }), &[("privateKeyPem", &private)]).await;
        stage.script.answers(ok());
        stage.send(&message("hi", &[])).await.unwrap();
        assert_eq!(claims(token_of(&stage.script.only_call()), algorithm, &key)["userIdentity"], TRANSFER);
    }
    let stage = Stage::smartassist(json!({ "jwtExtra": "jti_jwe" }), &[("jwePublicKeyPem", &public)]).await;
    stage.script.answers(ok());
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(token_of(&stage.script.only_call()).split('.').count(), 5, "header, key, iv, content, tag");
    let broken = [("privateKeyPem", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")];
    let stage = Stage::smartassist(json!({ "jwtAlg": "RS256" }), &broken).await;
    let misconfigured = CallError::Misconfigured { what: "/credentials/privateKeyPem".to_owned() };
    assert_eq!(stage.send(&message("hi", &[])).await, Err(misconfigured));
    assert!(stage.script.calls().is_empty());
}

#[tokio::test]
async fn a_message_continues_the_session_with_its_files() {
    let stage = channel(json!({})).await;
    stage.script.answers(ok()).answers(ok());
    let files = [("https://files.example/a.png", Some("image/png")), ("https://files.example/b", None)];
    stage.send(&message("Look", &files)).await.unwrap();
    stage.send(&message("", &files[..1])).await.unwrap();
    let calls = stage.script.calls();
    assert_eq!(calls[0].line(), CHANNEL);
    let expected = json!({ "session": { "new": false }, "from": { "id": TRANSFER }, "message": { "type": "text",
        "val": "Look", "attachments": [{ "url": "https://files.example/a.png" }, { "url": "https://files.example/b" }] } });
    assert_eq!(calls[0].json(), expected);
    assert_eq!(calls[1].json()["message"]["val"], "https://files.example/a.png", "a text must not be empty");
}

#[tokio::test]
async fn files_are_links_where_they_are_refused_or_not_wanted() {
    let files = [("https://files.example/a.png", None)];
    let as_link = json!({ "type": "text", "val": "Look\nhttps://files.example/a.png" });
    let stage = channel(json!({})).await;
    stage.script.answers(answer_json(400, &error(400))).answers(ok());
    stage.send(&message("Look", &files)).await.unwrap();
    assert_eq!(stage.script.calls()[1].json()["message"], as_link);
    let stage = channel(json!({ "attachmentMaxMb": 0 })).await;
    stage.script.answers(ok());
    stage.send(&message("Look", &files)).await.unwrap();
    assert_eq!(stage.script.only_call().json()["message"], as_link);
}

#[expect(clippy::needless_pass_by_value, reason = "it is given what a call has just returned")]
fn class(result: Result<(), CallError>) -> &'static str {
    match result {
        Ok(()) => "done",
        Err(CallError::NotSent { .. }) => "not sent",
        Err(CallError::Ambiguous { .. }) => "ambiguous",
        Err(CallError::Refused { .. }) => "refused",
        Err(CallError::Gone { .. }) => "gone",
        Err(CallError::Misconfigured { .. }) => "misconfigured",
    }
}

#[tokio::test]
async fn each_documented_error_is_its_class_and_nothing_is_sent_twice() {
    for (code, send, open) in [
        (400, "refused", "refused"),
        (403, "refused", "refused"),
        (404, "gone", "refused"),
        (408, "ambiguous", "ambiguous"),
        (429, "not sent", "not sent"),
        (500, "ambiguous", "ambiguous"),
        (504, "ambiguous", "ambiguous"),
    ] {
        for status in [code, 200] {
            let stage = channel(json!({})).await;
            stage.script.answers(answer_json(status, &error(code))).answers(answer_json(status, &error(code)));
            assert_eq!(class(stage.send(&message("hi", &[])).await), send, "{status} with {code}");
            assert_eq!(class(stage.open().await.map(drop)), open, "{status} with {code}");
            assert_eq!(stage.script.calls().len(), 2);
        }
    }
    let stage = channel(json!({})).await;
    stage.script.answers(answer_json(400, &error(400)));
    assert_eq!(stage.open().await.unwrap_err().to_string(), "refused: 400 RTM-TRACE-2");
}

#[tokio::test]
async fn an_answer_that_acknowledges_nothing_leaves_the_outcome_open() {
    for body in ["", "ok", "[]", "null", "{}", r#"{"status":"queued"}"#, r#"{"errors":[{"msg":"x"}]}"#] {
        let stage = channel(json!({})).await;
        stage.script.answers(answer(200, body));
        assert_eq!(class(stage.open().await.map(drop)), "ambiguous", "{body}");
    }
}

#[tokio::test]
async fn a_synchronous_channel_is_refused_because_it_transfers_to_nobody() {
    let stage = channel(json!({})).await;
    stage.script.answers(answer_json(200, &json!({ "data": [{ "type": "text", "val": "Hi" }], "_v": "v2" })));
    assert_eq!(class(stage.open().await.map(drop)), "refused");
}

#[tokio::test]
async fn a_refused_token_is_made_anew_once() {
    let stage = channel(json!({ "jwtExtra": "jti" })).await;
    stage.script.answers(answer_json(401, &error(401))).answers(ok());
    assert_eq!(stage.send(&message("hi", &[])).await, Ok(()));
    let calls = stage.script.calls();
    assert_eq!(calls[0].body, calls[1].body);
    assert_ne!(channel_claims(&calls[0])["jti"], channel_claims(&calls[1])["jti"]);
    let stage = channel(json!({})).await;
    stage.script.answers(answer_json(401, &error(401))).answers(answer_json(401, &error(401)));
    assert_eq!(class(stage.send(&message("hi", &[])).await), "misconfigured");
    assert_eq!(stage.script.calls().len(), 2);
}

#[tokio::test]
async fn missing_credentials_are_named() {
    for name in ["clientId", "clientSecret"] {
        let mut stage = channel(json!({})).await;
        stage.secrets.credentials.remove(name);
        let misconfigured = CallError::Misconfigured { what: format!("/credentials/{name}") };
        assert_eq!(stage.open().await.unwrap_err(), misconfigured);
    }
}

fn closure() -> Value {
    json!({ "session": { "new": false }, "message": { "type": "event", "val": "SESSION_CLOSURE" },
            "from": { "id": TRANSFER }, "to": { "id": "st-b3a3" } })
}

#[tokio::test]
async fn a_session_is_ended_by_each_mode() {
    let closed = |word: &str| {
        answer_json(
            200,
            &json!({ "data": [{ "type": "event", "val": "SESSION_CLOSURE", "eventType": word }], "_v": "v2" }),
        )
    };
    let farewell = json!({ "session": { "new": false }, "from": { "id": TRANSFER },
        "message": { "type": "text", "val": "The customer has left the chat." } });
    let stage = channel(json!({})).await;
    stage.script.answers(ok()).answers(closed("SESSION_CLOSURE_SUCCESS"));
    assert_eq!(stage.end().await, Ok(()));
    let bodies: Vec<_> = stage.script.calls().iter().map(Seen::json).collect();
    assert_eq!(bodies, [farewell, closure()]);

    let stage = channel(json!({ "endMode": "closure" })).await;
    stage.script.answers(closed("SESSION_CLOSURE_IGNORED"));
    assert_eq!(stage.end().await, Ok(()), "no session is what was wanted");
    assert_eq!(stage.script.only_call().json(), closure());

    let stage = channel(json!({ "endMode": "text", "endText": "Bye" })).await;
    stage.script.answers(ok());
    assert_eq!(stage.end().await, Ok(()));
    assert_eq!(stage.script.only_call().json()["message"]["val"], "Bye");

    let mut stage = channel(json!({ "endMode": "closure" })).await;
    stage.integration.settings.remove("appId");
    stage.script.answers(ok());
    stage.end().await.unwrap();
    assert_eq!(stage.script.only_call().json(), closure(), "the URL names the stream too");
}

#[tokio::test]
async fn ending_what_is_gone_is_a_success_and_a_lost_farewell_does_not_keep_it_open() {
    for status in [404, 410] {
        let stage = channel(json!({})).await;
        stage.script.answers(status_answer(status));
        assert_eq!(stage.end().await, Ok(()), "{status}");
        let stage = channel(json!({})).await;
        stage.script.answers(ok()).answers(status_answer(status));
        assert_eq!(stage.end().await, Ok(()), "{status}");
    }
    let stage = channel(json!({})).await;
    stage.script.answers(status_answer(504)).answers(ok());
    assert_eq!(stage.end().await, Ok(()));
    assert_eq!(stage.script.calls()[1].json(), closure());
    let stage = channel(json!({})).await;
    stage.script.answers(status_answer(429));
    assert_eq!(class(stage.end().await), "not sent", "nothing was done, all can be repeated");
    assert_eq!(stage.script.calls().len(), 1);
}

async fn available(extra: Value, found: &Value) -> (Stage, Availability) {
    let mut with = json!({ "availabilityCheck": true });
    with.as_object_mut().unwrap().extend(extra.as_object().cloned().unwrap());
    let stage = channel(with).await;
    stage.script.answers(answer_json(200, found));
    let availability = stage.adapter().availability(stage.connection(), "default").await.unwrap();
    (stage, availability)
}

fn agent(chat: &Value) -> Value {
    json!({ "_id": "a-1", "userId": "u-1", "isDigitalEnabled": true, "channelCapacity": { "liveChat": chat } })
}

#[tokio::test]
async fn availability_is_asked_for_the_configured_queues_and_skills() {
    let ids = json!({ "availabilityQueueIds": ["qu-a820"], "availabilitySkillIds": ["sk-1"] });
    let room = json!({ "isEnabled": true, "totalCapacity": 3, "usedCapacity": 0, "availableCapacity": 3 });
    let (stage, found) = available(ids, &json!({ "AVAILABLE": [agent(&room)], "BUSY": [], "OFFLINE": [] })).await;
    assert_eq!(found, Availability::Available);
    let call = stage.script.only_call();
    assert_eq!(call.line(), format!("POST {REST}/agents/availability"));
    assert_eq!(call.json(), json!({ "skillIds": ["sk-1"], "queueIds": ["qu-a820"], "agentIds": [] }));
    assert_eq!((call.header("accountid"), call.header("authorization")), (Some("acc-1"), None));
    let key = DecodingKey::from_secret(b"rest-secret");
    let claims = claims(call.header("auth").unwrap(), Algorithm::HS256, &key);
    assert_eq!((&claims["appId"], claims.get("userIdentity")), (&json!("cs-2"), None));
    let stage = channel(json!({ "availabilityCheck": true, "availabilityQueueIds": ["qu-a820"] })).await;
    stage.script.answers(answer_json(200, &json!({})));
    let found = stage.adapter().availability(stage.connection(), "qu-other").await;
    assert_eq!(found, Ok(Availability::Unknown));
    assert_eq!(stage.script.only_call().json()["queueIds"], json!(["qu-other"]));
}

#[tokio::test]
async fn nobody_with_room_is_nobody() {
    let nobody = Availability::Unavailable(EndReason::NoRepresentatives);
    for (agents, expected) in [
        (json!([]), nobody),
        (json!([agent(&json!({ "isEnabled": true, "availableCapacity": 0 }))]), nobody),
        (json!([agent(&json!({ "isEnabled": false, "availableCapacity": 3 }))]), nobody),
        (
            json!([agent(&json!({ "availableCapacity": 0 })), agent(&json!({ "availableCapacity": 1 }))]),
            Availability::Available,
        ),
        (json!([{ "_id": "a-1" }]), Availability::Available),
    ] {
        let (_, found) = available(json!({}), &json!({ "AVAILABLE": agents, "BUSY": [] })).await;
        assert_eq!(found, expected, "{agents}");
    }
    let stage = channel(json!({})).await;
    assert_eq!(stage.adapter().availability(stage.connection(), "q").await, Ok(Availability::Unknown));
    assert!(stage.script.calls().is_empty(), "it is off by default");
}

#[tokio::test]
async fn an_opening_fails_at_once_if_nobody_is_there_and_not_if_nobody_knows() {
    let stage = channel(json!({ "availabilityCheck": true })).await;
    stage.script.answers(answer_json(200, &json!({ "AVAILABLE": [] })));
    let Err(CallError::Refused { reason, .. }) = stage.open().await else { panic!("not refused") };
    assert_eq!(reason, EndReason::NoRepresentatives);
    assert_eq!(stage.script.calls().len(), 1, "nothing was opened");
    let stage = channel(json!({ "availabilityCheck": true })).await;
    stage.script.answers(status_answer(503)).answers(ok());
    stage.open().await.unwrap();
    assert_eq!(stage.script.calls()[1].line(), CHANNEL);
}

async fn polled(extra: Value, conversation: &Value) -> Vec<ProviderEvent> {
    let mut stage = channel(extra).await;
    stage.session.provider_session_id = ProviderSessionId::new("c-ab4e").ok();
    stage.script.answers(answer_json(200, conversation));
    let mut events = stage.poll().await.unwrap();
    assert_eq!(stage.script.only_call().line(), format!("GET {REST}/conversations/c-ab4e"));
    for event in &events {
        assert_eq!(event.correlation.transfer_id.unwrap().to_string(), TRANSFER);
        assert!(event.source_id.is_some());
    }
    assert_eq!(events.remove(0).kind, EventKind::Accepted, "it is there");
    events
}

fn waiting() -> Value {
    json!({ "queueId": "qu-1", "queueName": "Billing", "queueStartTime": "2026-01-12T10:00:10Z" })
}

fn answering() -> Value {
    json!({ "agentId": "a-1", "name": "Agent One", "status": "ACTIVE", "queueStartTime": "2026-01-12T10:00:10Z",
            "startTimeStamp": "2026-01-12T10:01:00Z", "endTimeStamp": null })
}

#[tokio::test]
async fn each_rest_row_of_the_status_map_is_its_event() {
    let queued = |queue: Option<&str>| EventKind::Queued {
        queue: queue.map(str::to_owned),
        position: None,
        estimated_wait_seconds: None,
    };
    let who = Representative { id: Some("a-1".to_owned()), name: Some("Agent One".to_owned()) };
    let joined = || EventKind::RepresentativeJoined(who.clone());
    let taken_away = || EventKind::RepresentativeLeft { representative: None, transferred: true };
    let ended = |by, reason| EventKind::Ended { by, reason };
    let overdue =
        json!([{ "systemTransfer": true, "systemTransferReason": "OVERDUE", "transferredAt": "2026-01-12T10:03:00Z" }]);
    let at = |seconds| Order::Provider { at: start() + TimeDelta::seconds(seconds), sequence: 0 };
    for (conversation, expected) in [
        (json!({ "status": "OPEN", "participants": [waiting()] }), vec![(queued(Some("Billing")), at(10))]),
        (json!({ "status": "OPEN" }), vec![(queued(None), Order::Arrival)]),
        (json!({ "status": "ACTIVE", "participants": [waiting()] }), vec![(queued(Some("Billing")), at(10))]),
        (json!({ "status": "ACTIVE", "acceptedAt": "2026-01-12T10:01:00Z", "participants": [waiting()] }), vec![]),
        (json!({ "status": "ACTIVE", "participants": [answering()] }), vec![(joined(), at(60))]),
        (
            json!({ "status": "ACTIVE", "participants": [answering()], "transferDetails": overdue }),
            vec![(taken_away(), at(180)), (joined(), at(60))],
        ),
        (
            json!({ "status": "ACTIVE", "participants": [answering(), { "agentId": "a-2", "startTimeStamp": 1_768_212_120_000_i64 }] }),
            vec![(EventKind::RepresentativeJoined(Representative { id: Some("a-2".to_owned()), name: None }), at(120))],
        ),
        (json!({ "status": "OVERDUE", "transferDetails": overdue }), vec![(taken_away(), at(180))]),
        (json!({ "status": "OVERDUE", "participants": [answering()] }), vec![(taken_away(), Order::Arrival)]),
        (
            json!({ "status": "CLOSED", "endTime": "2026-01-12T10:10:00Z", "participants": [answering()] }),
            vec![(ended(EndedBy::System, EndReason::Reconciled), at(600))],
        ),
        (
            json!({ "status": "CLOSED", "dispositions": { "metaStatus": "AGENT_CLOSED" } }),
            vec![(ended(EndedBy::Representative, EndReason::RepresentativeEnded), Order::Arrival)],
        ),
        (
            json!({ "status": "CLOSED", "dispositions": [{ "metaStatus": "SYSTEM_DROP_OFF" }] }),
            vec![(ended(EndedBy::System, EndReason::NoRepresentatives), Order::Arrival)],
        ),
        (json!({ "status": "TERMINATED" }), vec![(ended(EndedBy::System, EndReason::Reconciled), Order::Arrival)]),
        (json!({ "status": "IDLE", "participants": [answering()] }), vec![]),
        (json!({ "status": "UNHEARD_OF" }), vec![]),
        (json!({ "status": 5, "participants": {}, "transferDetails": "x" }), vec![]),
    ] {
        let found = polled(json!({}), &conversation).await;
        let found: Vec<_> = found.into_iter().map(|event| (event.kind, event.order)).collect();
        assert_eq!(found, expected, "{conversation}");
    }
    let own = json!({ "restStatusMap": { "WAITING": "queued" } });
    assert_eq!(polled(own.clone(), &json!({ "status": "WAITING" })).await.len(), 1);
    assert_eq!(polled(own, &json!({ "status": "CLOSED" })).await, []);
}

#[tokio::test]
async fn looking_twice_finds_the_same_events() {
    let conversation = json!({ "status": "ACTIVE", "participants": [answering()] });
    assert_eq!(polled(json!({}), &conversation).await, polled(json!({}), &conversation).await);
}

#[tokio::test]
async fn nothing_is_polled_where_nothing_can_be_found() {
    for extra in [json!({}), json!({ "sessionLookup": "off" }), json!({ "lifecycleSource": "relay" })] {
        let stage = channel(extra).await;
        assert_eq!(stage.poll().await, Ok(vec![]));
        assert!(stage.script.calls().is_empty());
    }
    let mut known = channel(json!({ "lifecycleSource": "relay" })).await;
    known.session.provider_session_id = ProviderSessionId::new("c-ab4e").ok();
    assert_eq!(known.poll().await, Ok(vec![]), "the relay alone tells");
    let mut unset = channel(json!({})).await;
    unset.session.provider_session_id = ProviderSessionId::new("c-ab4e").ok();
    unset.integration.settings.remove("accountId");
    assert_eq!(unset.poll().await, Ok(vec![]));
}

#[tokio::test]
async fn one_list_serves_all_sessions_for_the_poll_interval() {
    let extra = json!({ "sessionLookup": "list_match", "sessionMatchPointer": "/customData/transferId" });
    let stage = channel(extra).await;
    let ours = json!({ "conversationId": "c-ab4e", "status": "OPEN", "customData": { "transferId": TRANSFER } });
    let others = json!({ "conversationId": "c-1", "status": "ACTIVE", "customData": { "transferId": "other" } });
    let full: Vec<_> = std::iter::repeat_n(others.clone(), 100).collect();
    stage.script.answers(answer_json(200, &json!({ "results": full })));
    stage.script.answers(answer_json(200, &json!({ "results": [others, ours] })));
    let found = stage.poll().await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].correlation.provider_session_id.as_ref().unwrap().as_str(), "c-ab4e");
    stage.clock.advance(TimeDelta::seconds(9));
    assert_eq!(stage.poll().await.unwrap(), found);
    let lines: Vec<_> = stage.script.calls().iter().map(Seen::line).collect();
    let page = |skip| format!("GET {REST}/conversations?skip={skip}&limit=100");
    assert_eq!(lines, [page(0), page(100)]);
    stage.clock.advance(TimeDelta::seconds(1));
    stage.script.answers(answer_json(200, &json!({ "results": [] })));
    assert_eq!(stage.poll().await, Ok(vec![]));
    assert_eq!(stage.script.calls().len(), 3);
}

#[tokio::test]
async fn the_rest_interface_is_asked_no_more_often_than_it_allows() {
    let mut stage = channel(json!({})).await;
    stage.session.provider_session_id = ProviderSessionId::new("c-ab4e").ok();
    for _ in 0..60 {
        stage.script.answers(answer_json(200, &json!({ "status": "IDLE" })));
        stage.poll().await.unwrap();
    }
    assert!(matches!(stage.poll().await, Err(CallError::NotSent { retry_after: Some(_), .. })));
    stage.script.answers(ok());
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(stage.script.calls().len(), 61, "the channel has a rate of its own");
}

#[tokio::test]
async fn a_refused_rest_token_is_made_anew_once_and_an_id_cannot_leave_its_place() {
    let mut stage = channel(json!({})).await;
    stage.session.provider_session_id = ProviderSessionId::new("../x?a=b").ok();
    stage.script.answers(status_answer(401)).answers(answer_json(200, &json!({ "status": "IDLE" })));
    assert_eq!(stage.poll().await.unwrap().len(), 1);
    let calls = stage.script.calls();
    assert_eq!(calls[1].line(), format!("GET {REST}/conversations/..%2Fx%3Fa=b"));
    assert_ne!(calls[0].header("auth"), calls[1].header("auth"));
}
