//! The public REST interface: who is available, and how a conversation stands.

use chrono::TimeDelta;
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::{Value, json};
use transfer_domain::{EndReason, EndedBy, EventKind, Order, ProviderEvent, Representative, WrapUp};
use transfer_providers::{Availability, CallError};

use super::{CHANNEL, channel, claims, ok};
use crate::support::{Stage, TRANSFER, answer_json, message, ok_json, start, status_answer, with};

const REST: &str = "/agentassist/api/v1/public/st-b3a3";

async fn available(extra: Value, found: &Value) -> (Stage, Availability) {
    let stage = channel(with(json!({ "availabilityCheck": true }), extra)).told([answer_json(200, found)]);
    let availability = stage.bound().availability(stage.connection(), "default").await.unwrap();
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
    let stage =
        channel(json!({ "availabilityCheck": true, "availabilityQueueIds": ["qu-a820"] })).told([ok_json(json!({}))]);
    let found = stage.bound().availability(stage.connection(), "qu-other").await;
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
    let stage = channel(json!({}));
    assert_eq!(stage.bound().availability(stage.connection(), "q").await, Ok(Availability::Unknown));
    assert!(stage.script.calls().is_empty(), "it is off by default");
}

#[tokio::test]
async fn an_opening_asks_nothing_by_itself() {
    let stage = channel(json!({ "availabilityCheck": true })).told([ok()]);
    stage.open().await.unwrap();
    assert_eq!(stage.script.only_call().line(), CHANNEL);
}

async fn polled(extra: Value, conversation: &Value) -> Vec<ProviderEvent> {
    let stage = channel(extra).named("c-ab4e").told([answer_json(200, conversation)]);
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
    let second = Representative { id: Some("a-2".to_owned()), name: None };
    let joined = || {
        let who = Representative { id: Some("a-1".to_owned()), name: Some("Agent One".to_owned()) };
        EventKind::RepresentativeJoined(who)
    };
    let gone = EventKind::RepresentativeLeft { representative: Some(second.clone()), transferred: false };
    let taken_away = || EventKind::RepresentativeLeft { representative: None, transferred: true };
    let ended_by_system = |reason| EventKind::Ended { by: EndedBy::System, reason };
    let closed = || EventKind::Ended { by: EndedBy::Representative, reason: EndReason::RepresentativeEnded };
    let noted = EventKind::WrapUp(WrapUp {
        code: Some("resolved".to_owned()),
        note: Some("Refund issued.".to_owned()),
        promised: None,
    });
    let came = 1_768_212_120_000_i64;
    let went = 1_768_212_180_000_i64;
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
            json!({ "status": "ACTIVE", "participants": [answering(), { "agentId": "a-2", "startTimeStamp": came }] }),
            vec![(joined(), at(60)), (EventKind::RepresentativeJoined(second), at(120))],
        ),
        (
            json!({ "status": "ACTIVE", "participants": [answering(), { "agentId": "a-2", "startTimeStamp": came,
                                                                        "endTimeStamp": went }] }),
            vec![(gone, at(180)), (joined(), at(60))],
        ),
        (json!({ "status": "OVERDUE", "transferDetails": overdue }), vec![(taken_away(), at(180))]),
        (json!({ "status": "OVERDUE", "participants": [answering()] }), vec![(taken_away(), Order::Arrival)]),
        (
            json!({ "status": "CLOSED", "endTime": "2026-01-12T10:10:00Z", "participants": [answering()] }),
            vec![(ended_by_system(EndReason::Reconciled), at(600))],
        ),
        (
            json!({ "status": "CLOSED", "dispositions": { "metaStatus": "AGENT_CLOSED" } }),
            vec![(closed(), Order::Arrival)],
        ),
        (
            json!({ "status": "CLOSED", "dispositions": [{ "metaStatus": "SYSTEM_DROP_OFF" }] }),
            vec![(ended_by_system(EndReason::NoRepresentatives), Order::Arrival)],
        ),
        (
            json!({ "status": "CLOSED", "endTime": "2026-01-12T10:10:00Z",
                    "dispositions": { "status": ["resolved"], "remarks": "Refund issued.", "metaStatus": "AGENT_CLOSED" } }),
            vec![(noted, at(600)), (closed(), at(600))],
        ),
        (json!({ "status": "TERMINATED" }), vec![(ended_by_system(EndReason::Reconciled), Order::Arrival)]),
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
        let stage = channel(extra);
        assert_eq!(stage.poll().await, Ok(vec![]));
        assert!(stage.script.calls().is_empty());
    }
    let known = channel(json!({ "lifecycleSource": "relay" })).named("c-ab4e");
    assert_eq!(known.poll().await, Ok(vec![]), "the relay alone tells");
    let mut unset = channel(json!({})).named("c-ab4e");
    unset.integration.settings.remove("accountId");
    assert_eq!(unset.poll().await, Ok(vec![]));
}

#[tokio::test]
async fn one_list_serves_all_sessions_for_the_poll_interval() {
    let ours = json!({ "conversationId": "c-ab4e", "status": "OPEN", "customData": { "transferId": TRANSFER } });
    let others = json!({ "conversationId": "c-1", "status": "ACTIVE", "customData": { "transferId": "other" } });
    let full = vec![others.clone(); 100];
    let extra = json!({ "sessionLookup": "list_match", "sessionMatchPointer": "/customData/transferId" });
    let stage =
        channel(extra).told([ok_json(json!({ "results": full })), ok_json(json!({ "results": [others, ours] }))]);
    let found = stage.poll().await.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(found[0].correlation.provider_session_id.as_ref().unwrap().as_str(), "c-ab4e");
    stage.clock.advance(TimeDelta::seconds(9));
    assert_eq!(stage.poll().await.unwrap(), found);
    let page = |skip| format!("GET {REST}/conversations?skip={skip}&limit=100");
    assert_eq!(stage.lines(), [page(0), page(100)]);
    stage.clock.advance(TimeDelta::seconds(1));
    stage.script.answers(ok_json(json!({ "results": [] })));
    assert_eq!(stage.poll().await, Ok(vec![]));
    assert_eq!(stage.script.calls().len(), 3);
}

#[tokio::test]
async fn the_rest_interface_is_asked_no_more_often_than_it_allows() {
    let stage = channel(json!({})).named("c-ab4e");
    for _ in 0..60 {
        stage.script.answers(ok_json(json!({ "status": "IDLE" })));
        stage.poll().await.unwrap();
    }
    assert!(matches!(stage.poll().await, Err(CallError::NotYet { .. })));
    stage.script.answers(ok());
    stage.send(&message("hi", &[])).await.unwrap();
    assert_eq!(stage.script.calls().len(), 61, "the channel has a rate of its own");
}

#[tokio::test]
async fn a_refused_rest_token_is_made_anew_once_and_an_id_cannot_leave_its_place() {
    let answers = [status_answer(401), ok_json(json!({ "status": "IDLE" }))];
    let stage = channel(json!({})).named("../x?a=b").told(answers);
    assert_eq!(stage.poll().await.unwrap().len(), 1);
    let calls = stage.script.calls();
    assert_eq!(calls[1].line(), format!("GET {REST}/conversations/..%2Fx%3Fa=b"));
    assert_ne!(calls[0].header("auth"), calls[1].header("auth"));
}
