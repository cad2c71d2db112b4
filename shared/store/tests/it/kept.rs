//! How a session is kept in its row: what was written is what is read, in the form of before as well.

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use transfer_domain::{Attachment, Author, Change, EndReason, EndedBy, EventKind, ProviderEvent, Session};
use transfer_store::Commit;

use crate::world::{World, applied, contact_message, event, joined, later, linked, queued, said, world};

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
    let other = |mut event: ProviderEvent| {
        let EventKind::RepresentativeJoined(who) = &mut event.kind else { panic!("{event:?}") };
        who.id = Some("representative-2".to_owned());
        event
    };
    let typing = event("event-8", later(12), EventKind::Typing { on: true });
    let picture = Attachment { url: "https://example.com/a.png".parse().unwrap(), name: None, content_type: None };
    let ended = event(
        "event-9",
        later(20),
        EventKind::Ended { by: EndedBy::Representative, reason: EndReason::RepresentativeEnded },
    );
    let with_picture = with(said("message-2", later(11), "See?"), |message| message.attachments.push(picture.clone()));
    let cases = [
        ("before-what-has-a-file", vec![joined("event-1", later(1)), plain(), with_picture]),
        ("before-typing", vec![joined("event-1", later(1)), plain(), typing]),
        ("by-who-is-not-shown", vec![joined("event-1", later(1)), plain(), other(joined("event-2", later(12)))]),
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
    let named = |mut event: ProviderEvent| {
        let EventKind::RepresentativeJoined(who) = &mut event.kind else { panic!("{event:?}") };
        who.name = Some("Sam".to_owned());
        event
    };
    let events = [
        queued("event-0", later(1), "default"),
        linked(named(joined("event-1", later(2))), "8f1c"),
        said("m-0", later(3), "Good morning"),
    ];
    let session = after(&world, "conversation-1", &events).await;
    let written = contact_message(&session, "message-out-1", later(61));
    assert_eq!(world.commit(&written, later(61)).await, Commit::Committed);
    let events = [said("m-1", later(62), "Hello")];
    let transition = applied(&world.reload(&session).await, &events, later(62));
    assert_eq!(world.commit(&transition, later(62)).await, Commit::Committed);

    let session = transition.session;
    let mut before = document(&world, &session).await;
    let fields = before.as_object_mut().unwrap();
    let renamed = |fields: &mut serde_json::Map<String, Value>, names: &[(&str, &str)]| {
        for (now, then) in names {
            let value = fields.remove(*now).unwrap_or_else(|| panic!("{now} is not there: {fields:?}"));
            fields.insert((*then).to_owned(), value);
        }
    };
    renamed(fields, &[("at", "upd"), ("o", "last_out"), ("n", "counts"), ("r", "replied"), ("e", "newest")]);
    let signals = fields["sig"].as_object_mut().unwrap();
    renamed(signals, &[("q", "queued"), ("p", "people")]);
    let person = signals["people"]["representative-1"].as_object_mut().unwrap();
    renamed(person, &[("n", "named"), ("e", "entered"), ("l", "last")]);
    let said = fields.remove("said").unwrap();
    let change = json!({ "kind": "message_received", "messageId": said[0][2], "text": said[0][3] });
    let at_ms = later(62).timestamp_millis();
    fields.insert("changes".to_owned(), json!([[said[0][0], at_ms, "active", change]]));
    fields.insert("shown".to_owned(), json!([said[0][0]]));
    assert_eq!(fields.insert("queue".to_owned(), "default".into()), None);
    let mut row = world.row_of_record(&session).await;
    row.insert("session".to_owned(), AttributeValue::S(before.to_string()));
    world.put(row).await;
    assert_eq!(world.reload(&session).await, session);
}
