//! Any order and any repetition of the same events ends in the same state, in the table and as it is shown.

use agent_transfer::Stack;
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde_json::{Value, json};
use transfer_domain::{Integration, TransferId};
use transfer_providers::{Adapters, GENESYS};
use transfer_tests::api::{Api, stack, uuid};

/// The six events of a life that begins at `start`, as Genesys' bus and webhook tell them, in the order of their times.
fn six_events(source: &str, conversation: &str, contact: &str, start: DateTime<Utc>) -> Vec<Value> {
    let started = start.timestamp_millis();
    let written = (start + TimeDelta::seconds(3)).to_rfc3339_opts(SecondsFormat::Millis, true);
    let lifecycle = |topic: &str, at: i64, more: Value| {
        let mut body = json!({
            "eventTime": started + at, "conversationId": conversation, "participantId": "p-1",
            "sessionId": "s-1", "mediaType": "MESSAGE", "messageType": "OPEN", "direction": "INBOUND",
        });
        for (name, value) in more.as_object().unwrap() {
            body[name] = value.clone();
        }
        json!({
            "version": "0", "id": format!("{topic}-{at}"), "source": source, "account": "000000000000",
            "detail-type": format!("v2.detail.events.conversation.{{id}}.{topic}"), "time": "2026-11-22T10:00:00Z",
            "region": "local", "resources": [],
            "detail": { "topicName": format!("v2.detail.events.conversation.{conversation}.{topic}"), "version": "2", "eventBody": body },
        })
    };
    vec![
        lifecycle("acd.start", 1_000, json!({ "queueId": "q-1" })),
        lifecycle("acd.end", 2_000, json!({ "acdOutcome": "ANSWERED", "answeredUserId": "u-1", "queueId": "q-1" })),
        json!({
            "id": "text-1", "type": "Text", "text": "Hello", "direction": "Outbound", "conversationId": conversation,
            "channel": { "id": "i", "platform": "Open", "messageId": "text-1", "to": { "id": contact },
                "from": { "id": "i" }, "time": written },
        }),
        lifecycle(
            "user.end",
            4_000,
            json!({ "userId": "u-1", "disconnectType": "CLIENT", "interactingDurationMs": 2_000 }),
        ),
        lifecycle("acw", 4_500, json!({ "userId": "u-1", "wrapupCode": "w-1", "wrapupDurationMs": 500 })),
        lifecycle("customer.end", 5_000, json!({ "disconnectType": "PEER", "interactingDurationMs": 4_000 })),
    ]
}

async fn deliver(stack: &Stack, integration: &Integration, event: &Value) {
    let service = stack.service();
    if event.get("source").is_some() {
        provider_event::handle(service, &Adapters::inbound(), event.clone()).await.unwrap();
        return;
    }
    let adapter = Adapters::inbound().get(GENESYS).unwrap();
    let request = transfer_providers::WebhookRequest {
        method: lambda_http::http::Method::POST,
        rest: vec![],
        headers: lambda_http::http::HeaderMap::new(),
        body: event.to_string().into_bytes(),
    };
    let events = adapter.bind(integration).unwrap().parse_webhook(&request, service.now()).unwrap();
    service.receive(integration, events).await.unwrap();
}

/// Everything that is shown of a session, without its own ids and the marks of arrival. The clock stands meanwhile.
async fn shown(api: &Api, session: &str, number: usize) -> Value {
    let mut detail = api.detail(session).await.body;
    for own in ["sessionId", "conversationSessionId", "version"] {
        detail.as_object_mut().unwrap().remove(own);
    }
    // Its version is a number of the session's own, too.
    for own in ["version", "transcript"] {
        detail["handback"].as_object_mut().unwrap().remove(own);
    }
    let mut timeline = api.get(&format!("/transfers/{session}/timeline?limit=100")).await.body["items"].clone();
    let entries = timeline.as_array_mut().unwrap();
    assert!(entries.is_sorted_by(|one, next| one["sequence"].as_u64() < next["sequence"].as_u64()));
    for entry in entries.iter_mut() {
        for mark in ["sequence", "receivedAt", "applied", "ignoredBecause", "statusBefore", "statusAfter"] {
            entry.as_object_mut().unwrap().remove(mark);
        }
    }
    entries.sort_by_key(ToString::to_string);
    let mut messages = api.get(&format!("/transfers/{session}/messages")).await.body["items"].clone();
    for message in messages.as_array_mut().unwrap() {
        for mark in ["sequence", "late"] {
            message.as_object_mut().unwrap().remove(mark);
        }
    }
    let all = json!({ "detail": detail, "timeline": timeline, "messages": messages });
    serde_json::from_str(&all.to_string().replace(&format!("conversation-{number}\""), "conversation\"")).unwrap()
}

/// The `number`th of the 720 orders.
fn order(mut events: Vec<Value>, mut number: usize) -> Vec<Value> {
    let mut ordered = Vec::new();
    while !events.is_empty() {
        let place = number % events.len();
        number /= events.len();
        ordered.push(events.remove(place));
    }
    ordered
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_of_six_events_each_doubled_end_in_the_same_state_and_timeline() {
    let (stack, api) = stack().await;
    let service = stack.service();
    let integration = service.store.integration(&"demo".parse().unwrap(), GENESYS).await.unwrap().unwrap();
    let source = integration.partner_source.clone().unwrap();
    let mut expected = None;
    // Every 13th of all orders; the rules themselves are held to all 720 in the domain's own tests.
    for number in (0..720).step_by(13) {
        let session = api.create(&format!("conv-{number}"), "genesys").await;
        let id: TransferId = uuid(&session).parse().unwrap();
        // The webhook tells the conversation's name; until then what names only the conversation is parked.
        let events = six_events(&source, &format!("conversation-{number}"), &id.to_string(), service.now());
        let ordered = order(events, number);
        for event in ordered.iter().chain(&ordered) {
            deliver(&stack, &integration, event).await;
        }
        let parked = service
            .store
            .parked(&integration.project_id, GENESYS, &format!("conversation-{number}").parse().unwrap(), service.now())
            .await
            .unwrap();
        service.receive(&integration, parked).await.unwrap();
        let end = shown(&api, &session, number).await;
        assert_eq!(end["detail"]["status"], "ended");
        assert_eq!(
            (&end["messages"][0]["text"], &end["messages"][0]["author"]),
            (&json!("Hello"), &json!("representative"))
        );
        let expected = expected.get_or_insert_with(|| end.clone());
        assert_eq!(end, *expected, "order {number}");
    }
}
