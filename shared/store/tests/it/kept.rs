//! How a session is kept in its row: what was written is what is read, in the form of before as well.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use transfer_domain::{Attachment, Author, Change, EndReason, EndedBy, EventKind, ProviderEvent, Session};
use transfer_store::Commit;

use crate::world::{World, applied, event, joined, later, linked, queued, said, world};

/// The session, as it is after these events at once.
async fn after(world: &World, conversation: &str, events: &[ProviderEvent]) -> Session {
    let session = world.session(conversation).await;
    let transition = applied(&session, events, later(60));
    assert_eq!(world.commit(&transition, later(60)).await, Commit::Committed);
    assert_eq!(world.reload(&session).await, transition.session, "{events:?}");
    transition.session
}

fn told(session: &Session) -> Vec<&str> {
    let texts = session.changes.iter().filter_map(|change| match &change.change {
        Change::MessageReceived { text, .. } => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}

fn with(mut event: ProviderEvent, change: impl FnOnce(&mut transfer_domain::IncomingMessage)) -> ProviderEvent {
    let EventKind::Message(message) = &mut event.kind else { panic!("{event:?}") };
    change(message);
    event
}

/// The document in the row of a session.
async fn document(world: &World, session: &Session) -> Value {
    let row = world.row_of_record(session).await;
    serde_json::from_str(row["session"].as_s().unwrap()).unwrap()
}

#[tokio::test]
async fn texts_are_read_as_they_were_written_whatever_came_with_them() {
    let world = world().await;
    let plain = || said("message-1", later(10), "Good morning");
    let picture = Attachment { url: "https://example.com/a.png".parse().unwrap(), name: None, content_type: None };
    let ended = event(
        "event-9",
        later(20),
        EventKind::Ended { by: EndedBy::Representative, reason: EndReason::RepresentativeEnded },
    );
    let cases = [
        ("nobody-is-there", vec![plain()]),
        ("one-is-there", vec![joined("event-1", later(1)), plain()]),
        ("two-texts", vec![joined("event-1", later(1)), plain(), said("message-2", later(11), "How are you?")]),
        ("queued-after-it", vec![joined("event-1", later(1)), plain(), queued("event-2", later(12), "sales")]),
        ("with-a-file", vec![joined("event-1", later(1)), with(plain(), |message| message.attachments.push(picture))]),
        ("cut", vec![joined("event-1", later(1)), with(plain(), |message| message.truncated = true)]),
        ("by-a-bot", vec![joined("event-1", later(1)), with(plain(), |message| message.author = Author::Provider)]),
        ("ended-after-it", vec![joined("event-1", later(1)), plain(), ended.clone()]),
        ("late", vec![joined("event-1", later(1)), ended, plain()]),
    ];
    for (conversation, events) in cases {
        let session = after(&world, conversation, &events).await;
        assert_eq!(told(&session)[0], "Good morning", "{conversation}");
    }
}

#[tokio::test]
async fn a_text_of_who_is_shown_takes_little_beside_itself() {
    let world = world().await;
    let session = after(&world, "conversation-1", &[joined("event-1", later(1)), said("m-1", later(2), "Hello")]).await;
    let kept = document(&world, &session).await;
    assert_eq!(kept["said"], json!([[session.version, 2_000, "m-1", "Hello"]]));
    assert_eq!(kept["queue"], Value::Null, "it is the one that the row shows");
    let elsewhere = after(&world, "conversation-2", &[queued("event-1", later(1), "sales")]).await;
    assert_eq!(document(&world, &elsewhere).await["queue"], "default");
}

#[tokio::test]
async fn a_row_in_the_form_of_before_is_read() {
    let world = world().await;
    let events = [linked(joined("event-1", later(1)), "8f1c"), said("m-1", later(2), "Hello")];
    let session = after(&world, "conversation-1", &events).await;
    let kept = document(&world, &session).await;
    let mut before = kept.clone();
    let fields = before.as_object_mut().unwrap();
    let said = fields.remove("said").unwrap();
    for (now, then) in [("at", "upd"), ("o", "last_out"), ("n", "counts"), ("r", "replied"), ("e", "newest")] {
        if let Some(value) = fields.remove(now) {
            fields.insert(then.to_owned(), value);
        }
    }
    let person = kept["sig"]["p"]["representative-1"].clone();
    fields["sig"] = json!({ "people": { "representative-1": { "last": person["l"], "entered": person["e"] } } });
    fields.insert("queue".to_owned(), "default".into());
    let at_ms = later(2).timestamp_millis();
    let change = json!({ "kind": "message_received", "messageId": said[0][2], "text": said[0][3] });
    fields["changes"].as_array_mut().unwrap().push(json!([said[0][0], at_ms, "active", change]));
    fields.insert("shown".to_owned(), json!([said[0][0]]));
    let mut row = world.row_of_record(&session).await;
    row.insert("session".to_owned(), AttributeValue::S(before.to_string()));
    world.put(row).await;
    assert_eq!(world.reload(&session).await, session);
}
