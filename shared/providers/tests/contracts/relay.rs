//! The relay: signature vectors, refusals, and what each type means.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use http::HeaderMap;
use serde_json::{Value, json};
use transfer_domain::{Author, EndReason, EndedBy, EventKind, Order, ProviderEvent, SourceId, WrapUp};
use transfer_providers::relay::{RelayOutcome, Relayed, parse, verify};
use transfer_providers::{GENESYS, IntegrationSecrets, Malformed, SERVICENOW, Unauthentic};

use crate::support::{
    TRANSFER, at, ended_by_contact, ended_by_representative, ended_by_system, header_map, integration, joined, left,
    note, queued, queued_at, transfer, who, with,
};

const BODY: &str = r#"{"v":1,"type":"agent_joined","transfer_id":"tr_01J9ZK","occurred_at":"2026-01-12T10:00:05.000Z","seq":2,"agent":{"id":"a-1","name":"Agent One"}}"#;
const ID: &str = "evt_01J9ZM";
const TIMESTAMP: i64 = 1_768_212_005;
const SECRETS: [&str; 2] =
    ["whsec_aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDE=", "whsec_aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDI="];
const SIGNATURES: [&str; 2] =
    ["v1,Ou6PG2QgSDBw4RLOs1dnxdZqBOGoobf0yER1YIwUlCk=", "v1,lTWLkSktJY1OiZThEVbnNjmucNohPDeiGksYL3ZWM0w="];

fn secrets(relay: &[&str]) -> IntegrationSecrets {
    let relay_secrets = relay.iter().map(|secret| (*secret).into()).collect();
    IntegrationSecrets { relay_secrets, ..IntegrationSecrets::default() }
}

fn headers(signature: &str) -> HeaderMap {
    let timestamp = TIMESTAMP.to_string();
    header_map(&[("webhook-id", ID), ("webhook-timestamp", &timestamp), ("webhook-signature", signature)])
}

fn received(offset: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(TIMESTAMP + offset, 0).unwrap()
}

fn check(relay: &[&str], headers: &HeaderMap, body: &str, offset: i64) -> Result<SourceId, Unauthentic> {
    let integration = integration(SERVICENOW, &json!({}));
    verify(&integration, &secrets(relay), headers, body.as_bytes(), received(offset))
}

#[test]
fn the_test_vectors_pass_under_each_secret_and_during_rotation() {
    for (secret, signature) in SECRETS.iter().zip(SIGNATURES) {
        assert_eq!(check(&[secret], &headers(signature), BODY, 0).unwrap().as_str(), ID);
        assert!(check(&SECRETS, &headers(signature), BODY, 0).is_ok());
    }
    let [first, second] = SIGNATURES;
    assert!(check(&SECRETS[1..], &headers(&format!("{first} {second}")), BODY, 0).is_ok(), "the second entry is right");
    assert!(check(&SECRETS[..1], &headers(&format!("v2,AAAA {first}")), BODY, 0).is_ok(), "other versions are skipped");
}

#[test]
fn a_changed_body_or_header_is_refused() {
    let [good, other] = SIGNATURES;
    let tag = good.strip_prefix("v1,").unwrap();
    assert!(check(&SECRETS[..1], &headers(good), &BODY.replace("a-1", "a-2"), 0).is_err());
    for signature in [
        "",
        " ",
        "v1,",
        tag,
        &format!("v2,{tag}"),
        &format!("v1a,{tag}"),
        &format!("V1,{tag}"),
        &format!("v,{tag}"),
        &format!("v1,{}", tag.trim_end_matches('=')),
        &format!("v1,{tag}="),
        &format!("v1, {tag}"),
        other,
        &format!("{good},{good}"),
        &format!("{good}, {good}"),
        &format!("{good}  {good}"),
        &format!("{good} "),
        &format!("{good} v1,not-base64"),
        &[good; 9].join(" "),
    ] {
        assert!(check(&SECRETS[..1], &headers(signature), BODY, 0).is_err(), "{signature}");
    }
}

#[test]
fn a_time_too_far_away_either_way_is_refused() {
    let good = headers(SIGNATURES[0]);
    for offset in [-300, 300] {
        assert!(check(&SECRETS, &good, BODY, offset).is_ok(), "{offset}");
    }
    for offset in [-301, 301] {
        assert!(check(&SECRETS, &good, BODY, offset).is_err(), "{offset}");
    }
}

#[test]
fn each_header_must_be_there_once_and_in_its_form() {
    let timestamp = TIMESTAMP.to_string();
    let all = [("webhook-id", ID), ("webhook-timestamp", timestamp.as_str()), ("webhook-signature", SIGNATURES[0])];
    for left_out in 0..all.len() {
        let some: Vec<_> =
            all.iter().enumerate().filter(|(at, _)| *at != left_out).map(|(_, header)| *header).collect();
        assert!(check(&SECRETS, &header_map(&some), BODY, 0).is_err(), "{left_out}");
        let twice: Vec<_> = all.iter().chain(&all[left_out..=left_out]).copied().collect();
        assert!(check(&SECRETS, &header_map(&twice), BODY, 0).is_err(), "{left_out}");
    }
    for (name, value) in [
        ("webhook-id", "evt 01J9ZM"),
        ("webhook-id", "evt.01J9ZM"),
        ("webhook-id", ""),
        ("webhook-id", &"a".repeat(129)),
        ("webhook-timestamp", "+1768212005"),
        ("webhook-timestamp", "1768212005.0"),
        ("webhook-timestamp", ""),
        ("webhook-timestamp", "01768212005"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", "99999999999999999999"),
    ] {
        let mut headers = headers(SIGNATURES[0]);
        headers.insert(name, value.parse().unwrap());
        assert!(check(&SECRETS, &headers, BODY, 0).is_err(), "{name}: {value}");
    }
}

#[test]
fn a_secret_of_another_form_verifies_nothing() {
    for secret in ["", "whsec_", "whsec_c2hvcnQ=", "aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDE=", "whsec_%%%"] {
        assert!(check(&[secret], &headers(SIGNATURES[0]), BODY, 0).is_err(), "{secret}");
    }
    assert!(check(&[SECRETS[1], SECRETS[1], SECRETS[0]], &headers(SIGNATURES[0]), BODY, 0).is_err(), "a third secret");
    assert!(check(&[], &headers(SIGNATURES[0]), BODY, 0).is_err());
}

#[test]
fn a_bearer_passes_only_where_the_integration_chose_it() {
    let token = format!("whsec_{}", STANDARD.encode([7; 32]));
    let headers = |token: &str| header_map(&[("webhook-id", ID), ("authorization", &format!("Bearer {token}"))]);
    let check = |auth: &str, headers: &HeaderMap| {
        let integration = integration(SERVICENOW, &json!({ "relayAuth": auth }));
        verify(&integration, &secrets(&[&token]), headers, BODY.as_bytes(), received(0))
    };
    assert_eq!(check("bearer", &headers(&token)).unwrap().as_str(), ID);
    assert!(check("bearer", &headers("whsec_other-other-other")).is_err());
    assert!(check("bearer", &header_map(&[("authorization", &format!("Bearer {token}"))])).is_err());
    assert!(check("signature", &headers(&token)).is_err());
    assert!(check("anything", &headers(&token)).is_err());
}

fn read(settings: &Value, body: &str) -> Result<Relayed, Malformed> {
    parse(&integration(GENESYS, settings), &SourceId::new(ID).unwrap(), body.as_bytes())
}

/// A body with the common fields and these.
fn body(extra: &Value) -> String {
    with(json!({ "v": 1, "transfer_id": TRANSFER, "occurred_at": "2026-01-12T10:00:05Z" }), extra).to_string()
}

fn relayed_with(settings: &Value, extra: &Value) -> Relayed {
    read(settings, &body(extra)).unwrap()
}

fn event(extra: &Value) -> ProviderEvent {
    match relayed_with(&json!({}), extra) {
        Relayed::Event(event) => *event,
        Relayed::Ignored => panic!("ignored: {extra}"),
    }
}

#[test]
fn each_type_is_its_event() {
    let agent = json!({ "id": "a-1", "name": "Agent One" });
    let agent_one = who(Some("a-1"), Some("Agent One"));
    for (extra, expected) in [
        (json!({ "type": "queued" }), queued(None)),
        (
            json!({ "type": "queued", "queue": { "id": "q", "name": "Billing" }, "position": 3, "estimated_wait_seconds": 90 }),
            queued_at(Some("Billing"), Some(3), Some(90)),
        ),
        (json!({ "type": "agent_joined", "agent": agent }), joined(Some("a-1"), Some("Agent One"))),
        (json!({ "type": "agent_left", "agent": agent, "reason": "left" }), left(Some(agent_one), false)),
        (json!({ "type": "agent_left", "reason": "transferred" }), left(None, true)),
        (
            json!({ "type": "csat", "rating": 4, "scale_max": 5, "comment": "fine" }),
            EventKind::Survey { rating: 4, scale_max: 5 },
        ),
        (
            json!({ "type": "wrap_up", "code": 17, "note": "Refund issued.", "promised": "A call on Monday." }),
            EventKind::WrapUp(WrapUp {
                code: Some("17".to_owned()),
                note: Some("Refund issued.".to_owned()),
                promised: Some("A call on Monday.".to_owned()),
            }),
        ),
        (json!({ "type": "wrap_up", "note": " ", "promised": null }), EventKind::WrapUp(WrapUp::default())),
    ] {
        assert_eq!(event(&extra).kind, expected, "{extra}");
    }
}

#[test]
fn each_closing_has_its_author_and_reason() {
    for (by, reason, expected) in [
        ("agent", json!("resolved"), ended_by_representative()),
        ("user", json!("resolved"), ended_by_contact()),
        ("system", Value::Null, ended_by_system(EndReason::ProviderDisconnected)),
        ("system", json!("no_agents"), ended_by_system(EndReason::NoRepresentatives)),
        ("user", json!("abandoned"), EventKind::Ended { by: EndedBy::Contact, reason: EndReason::NoRepresentatives }),
        ("system", json!("timeout"), ended_by_system(EndReason::ProviderDisconnected)),
        ("system", json!("error"), ended_by_system(EndReason::ProviderError)),
        ("agent", json!("other"), ended_by_representative()),
    ] {
        let kind = event(&json!({ "type": "closed", "closed_by": by, "reason": reason })).kind;
        assert_eq!(kind, expected, "{by} {reason}");
    }
}

#[test]
fn a_relayed_message_proves_a_human() {
    let event = event(&json!({
        "type": "agent_message", "seq": 7, "provider_session_id": "c-1", "agent": { "name": "Agent One" },
        "message": { "id": "m-1", "text": "Hello", "attachments": [{ "url": "https://files.example/a.pdf", "mime": "application/pdf" }] },
    }));
    assert_eq!(event.order, Order::Provider { at: at("2026-01-12T10:00:05Z"), sequence: 7 });
    assert_eq!(event.source_id.unwrap().as_str(), "relay:evt_01J9ZM");
    assert_eq!(event.correlation.transfer_id, Some(transfer()));
    assert_eq!(event.correlation.provider_session_id.unwrap().as_str(), "c-1");
    let EventKind::Message(message) = event.kind else { panic!("no message") };
    assert_eq!(message.author, Author::Representative);
    assert_eq!(message.proves_active.unwrap().name.as_deref(), Some("Agent One"));
    assert_eq!(message.attachments.len(), 1);
}

#[test]
fn what_is_not_for_us_is_ignored_and_what_is_not_the_contract_is_malformed() {
    assert_eq!(relayed_with(&json!({}), &json!({ "type": "unheard_of" })), Relayed::Ignored);
    let read = |body: &str| read(&json!({}), body);
    assert_eq!(read(BODY), Ok(Relayed::Ignored), "no transfer of ours has such an id");
    for (from, to) in [
        ("\"v\":1", "\"v\":2"),
        ("\"v\":1", "\"v\":\"1\""),
        ("tr_01J9ZK", "tr:01J9ZK"),
        ("tr_01J9ZK", ""),
        ("2026-01-12T10:00:05.000Z", "yesterday"),
        ("\"seq\":2", "\"seq\":-2"),
        ("\"agent\"", "\"agents\""),
        ("\"name\":\"Agent One\"", "\"name\":5"),
        ("}}", "}"),
    ] {
        assert!(read(&BODY.replace(from, to)).is_err(), "{to}");
    }
    assert!(read("").is_err());
    assert!(read("[]").is_err());
    let personal = read(&BODY.replace("\"name\":\"Agent One\"", "\"name\":{\"first\":\"Agent One\"}")).unwrap_err();
    assert!(!personal.to_string().contains("Agent One"));
}

#[test]
fn lifecycle_comes_from_one_source_only() {
    let queued = json!({ "type": "queued" });
    assert_eq!(relayed_with(&json!({ "lifecycleSource": "eventbridge" }), &queued), Relayed::Ignored);
    assert!(matches!(relayed_with(&json!({ "lifecycleSource": "relay" }), &queued), Relayed::Event(_)));
    let csat = json!({ "type": "csat", "rating": 1, "scale_max": 5 });
    assert!(matches!(relayed_with(&json!({ "lifecycleSource": "eventbridge" }), &csat), Relayed::Event(_)));
}

#[test]
fn the_answers_are_the_documented_ones() {
    let answers = [
        (RelayOutcome::Accepted, 200, Some("accepted")),
        (RelayOutcome::Duplicate, 200, Some("duplicate")),
        (RelayOutcome::Ignored, 200, Some("ignored")),
        (RelayOutcome::Malformed(String::new()), 400, None),
        (RelayOutcome::Unauthentic, 401, None),
        (RelayOutcome::TooLarge, 413, None),
        (RelayOutcome::TooMany, 429, None),
        (RelayOutcome::Unavailable, 503, None),
    ];
    for (outcome, status, word) in answers {
        assert_eq!((outcome.status().as_u16(), outcome.word()), (status, word));
    }
}

#[test]
fn a_body_that_is_refused_says_which_field_and_why_and_nothing_that_stood_there() {
    for (extra, expected) in [
        (json!({}), "the body: must have the field type"),
        (json!({ "type": "agent_joined" }), "the body: must have the field agent"),
        (json!({ "type": "agent_joined", "agent": {} }), "agent: must have the field name"),
        (json!({ "type": "agent_joined", "agent": { "name": { "first": "Erika" } } }), "agent.name: must be a text"),
        (json!({ "type": "agent_message", "message": { "text": "Erika" } }), "message: must have the field id"),
        (json!({ "type": "agent_message", "message": { "id": "m", "text": 5 } }), "message.text: must be a text"),
        (
            json!({ "type": "agent_left", "reason": "Erika" }),
            "reason: must be one of left, transferred, timeout, unknown",
        ),
        (json!({ "type": "queued", "position": "third" }), "position: must be a whole number that is not negative"),
        (json!({ "type": "queued", "queue": { "name": 5 } }), "queue: name must be a text"),
        (json!({ "type": "queued", "v": 2 }), "v: must be 1"),
        (json!({ "type": "queued", "occurred_at": "yesterday" }), "occurred_at: must be an RFC 3339 time"),
    ] {
        assert_eq!(read(&json!({}), &body(&extra)).unwrap_err().what, expected);
    }
}

#[test]
fn blanks_and_nulls_are_nobody_and_nothing() {
    for blank in [Value::Null, json!(""), json!(" ")] {
        let nobody = json!({ "type": "agent_joined", "agent": { "id": blank, "name": blank } });
        assert_eq!(event(&nobody).kind, joined(None, None));
        let nowhere =
            json!({ "type": "queued", "queue": blank, "position": blank, "seq": blank, "provider_session_id": blank });
        assert_eq!(event(&nowhere).kind, queued(None));
        let unsaid = json!({ "type": "agent_left", "agent": blank, "reason": "left" });
        assert_eq!(event(&unsaid).kind, left(None, false));
        let said = json!({ "type": "agent_message", "agent": blank,
                           "message": { "id": blank, "text": "Hello", "attachments": blank } });
        let EventKind::Message(message) = event(&said).kind else { panic!("no message") };
        assert_eq!((message.text.as_str(), message.message_id.as_str()), ("Hello", "relay:evt_01J9ZM"));
        let silent = json!({ "type": "agent_message", "message": { "id": "m-1", "text": blank } });
        assert_eq!(event(&silent).kind, note("message_empty", None));
    }
    let numbers = json!({ "type": "agent_joined", "agent": { "id": 17, "name": "Agent One" }, "seq": "4",
                          "occurred_at": "2026-01-12T11:00:05+0100" });
    assert_eq!(event(&numbers).order, Order::Provider { at: at("2026-01-12T10:00:05Z"), sequence: 4 });
    assert_eq!(event(&numbers).kind, joined(Some("17"), Some("Agent One")));
}

#[test]
fn half_a_text_and_a_broken_file_cost_nothing_beside_them() {
    let body = format!(
        r#"{{"v":1,"type":"agent_message","transfer_id":"{TRANSFER}","occurred_at":"2026-01-12T10:00:05Z",
            "agent":{{"name":"Agent One"}},"message":{{"id":"m-1","text":"Bye \ud83d",
            "attachments":[null,5,{{"url":"https://files.example/a.pdf","name":null}},{{"url":7}}]}}}}"#
    );
    let Relayed::Event(event) = read(&json!({}), &body).unwrap() else { panic!("ignored") };
    let EventKind::Message(message) = event.kind else { panic!("no message") };
    assert!(message.text.starts_with("Bye \u{fffd}"), "{}", message.text);
    assert_eq!(message.attachments.len(), 1);
    assert!(message.not_shown().is_some(), "it is told in the timeline");
    assert_eq!(message.proves_active.unwrap().name.as_deref(), Some("Agent One"));
}
