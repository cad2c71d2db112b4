//! Whatever a provider says, and however long it goes on, what is kept of it can be written.

use serde_json::{Map, Value, json};
use transfer_domain::{
    Attachment, Author, Channel, Conversation, EventKind, IncomingMessage, MAX_FACT_BYTES, MAX_MESSAGE_BYTES,
    MAX_NAME_BYTES, MAX_TEXT_BYTES, OpenResult, ProviderEvent, Representative, SendResult, accept_message,
    name_representative, settle_message,
};

use crate::setup::{apply_events, at, created, event, record_open};

/// What an item may have at most, with room to spare below DynamoDB's 400 KB.
const MAX_ROW_BYTES: usize = 350 * 1024;
/// What a text that is not a message may have.
const MAX_OTHER_BYTES: usize = 4096;

fn long(beginning: &str) -> String {
    format!("{beginning}{}", "é".repeat(20_000))
}

/// Of characters that JSON writes out.
fn hostile(beginning: &str) -> String {
    format!("{beginning}{}", "\u{1}".repeat(40_000))
}

fn many_facts(from: usize) -> Map<String, Value> {
    let facts = (from..from + 100).map(|number| (long(&format!("{number}")), json!([long("v"), { "k": long("w") }])));
    facts.collect()
}

fn somebody(number: usize) -> Representative {
    Representative { id: Some(long(&format!("id-{number}"))), name: Some(long(&format!("name-{number}"))) }
}

fn message(number: usize) -> EventKind {
    let attachment = |file: usize| Attachment {
        url: long(&format!("https://files.example/{file}")),
        name: Some(long("name")),
        content_type: Some(long("type")),
    };
    EventKind::Message(IncomingMessage {
        content: Vec::new(),
        message_id: format!("m-{number}").parse().unwrap(),
        author: Author::Representative,
        text: if number.is_multiple_of(2) { long("text") } else { hostile("text") },
        truncated: false,
        attachments: (0..200).map(attachment).collect(),
        redacted: transfer_domain::Redacted::default(),
        proves_active: Some(somebody(number)),
    })
}

/// One of each kind that says something in words of its own.
fn endless(number: usize) -> Vec<ProviderEvent> {
    let kinds = [
        EventKind::Queued { queue: Some(long("queue")), position: Some(1), estimated_wait_seconds: Some(1) },
        EventKind::RepresentativeJoined(somebody(number)),
        message(number),
        EventKind::Note { what: long("what"), detail: Some(long("detail")) },
        EventKind::RepresentativeLeft { representative: Some(somebody(number)), transferred: true },
    ];
    let seconds = i64::try_from(number).unwrap();
    let each = kinds.into_iter().enumerate().map(|(index, kind)| {
        let event = event(&format!("e-{number}-{index}"), seconds, kind);
        ProviderEvent { provider_data: many_facts(number), provider_state: many_facts(number), ..event }.fitted()
    });
    each.collect()
}

fn bytes(value: &impl serde::Serialize) -> usize {
    serde_json::to_string(value).unwrap().len()
}

fn texts(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => found.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| texts(item, found)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            found.push(name.clone());
            texts(field, found);
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[test]
fn every_row_stays_writable_whatever_a_provider_says_and_however_often() {
    let mut conversation = created(Channel::Chat);
    for number in 0..40 {
        for event in endless(number) {
            assert!(bytes(&event) < MAX_ROW_BYTES, "{}", bytes(&event));
            let decided = apply_events(&conversation, &[event], at(60));
            for write in &decided.messages {
                let transfer_domain::MessageWrite::New(message) = write else { panic!("no message") };
                assert!(bytes(message) < MAX_ROW_BYTES, "{}", bytes(message));
            }
            for entry in &decided.timeline {
                assert!(bytes(entry) < MAX_OTHER_BYTES, "{}", bytes(entry));
            }
            conversation = decided.session.clone();
            assert!(bytes(&conversation.session) < MAX_ROW_BYTES, "{}", bytes(&conversation.session));
            assert!(bytes(&conversation.facts) < MAX_ROW_BYTES, "{}", bytes(&conversation.facts));
        }
    }
}

#[test]
fn a_text_that_is_cut_says_so_and_the_limits_are_these() {
    let texts_of = |kind: EventKind| {
        let mut found = Vec::new();
        texts(&serde_json::to_value(event("e", 1, kind).fitted().kind).unwrap(), &mut found);
        found.into_iter().filter(|text| text.contains('é')).collect::<Vec<_>>()
    };
    for kind in endless(2).into_iter().map(|event| event.kind) {
        let is_message = matches!(kind, EventKind::Message(_));
        for text in texts_of(kind) {
            let whole = text.len() == MAX_TEXT_BYTES && is_message;
            assert!(whole || text.ends_with("é…"), "{} bytes", text.len());
            assert!(whole || text.len() <= MAX_OTHER_BYTES);
        }
    }
    let EventKind::Message(said) = event("e", 1, message(2)).fitted().kind else { panic!("no message") };
    assert!(said.truncated);
    let files = serde_json::to_string(&said.attachments).unwrap().len();
    assert!(files + said.text.len() <= MAX_MESSAGE_BYTES && said.attachments.len() > 40, "{files}");
    let who = said.proves_active.unwrap();
    assert!(who.name.unwrap().len() <= MAX_NAME_BYTES);
}

#[test]
fn what_is_within_the_limits_stays_as_it_was_said() {
    let said = EventKind::Message(IncomingMessage {
        content: Vec::new(),
        message_id: "m-1".parse().unwrap(),
        author: Author::Representative,
        text: "é".repeat(MAX_TEXT_BYTES / 2),
        truncated: false,
        attachments: vec![
            Attachment {
                url: format!("https://files.example/{}", "a".repeat(4000)),
                name: None,
                content_type: None
            };
            50
        ],
        redacted: transfer_domain::Redacted::default(),
        proves_active: Some(Representative { id: Some("a".repeat(MAX_NAME_BYTES)), name: None }),
    });
    let facts: Map<String, Value> = [("k".to_owned(), json!("v".repeat(MAX_FACT_BYTES)))].into_iter().collect();
    let event = ProviderEvent { provider_data: facts, ..event("e", 1, said) };
    assert_eq!(event.clone().fitted(), event);
}

#[test]
fn what_calls_are_answered_is_bounded_like_what_is_told() {
    let conversation = created(Channel::Chat);
    let reason = long("refused");
    let opened =
        OpenResult::Opened { provider_session_id: None, provider_data: many_facts(0), provider_state: many_facts(0) };
    let opened = record_open(&conversation, opened, at(1)).session.clone();
    assert!(bytes(&opened.facts) < MAX_ROW_BYTES);

    let failed = OpenResult::Failed { reason: transfer_domain::EndReason::ProviderError, detail: reason.clone() };
    let refused = record_open(&conversation, failed, at(1));
    assert!(bytes(&refused.timeline.last().unwrap()) < MAX_OTHER_BYTES);

    let joined = event("e", 1, EventKind::RepresentativeJoined(Representative { id: Some("a".into()), name: None }));
    let joined = apply_events(&Conversation::untold(opened.session), &[joined], at(2)).session.clone();
    let named = name_representative(&joined, "a", &long("name"), at(3)).unwrap();
    assert!(bytes(&named.session) < MAX_OTHER_BYTES);

    let outgoing = transfer_domain::OutgoingMessage::text("m-1".parse().unwrap(), "Hello");
    let accepted = accept_message(&conversation, outgoing, at(1)).unwrap();
    let transfer_domain::MessageWrite::New(message) = &accepted.messages[0] else { panic!("no message") };
    let settled = settle_message(&accepted.session, message, SendResult::Failed { reason }, at(2));
    assert!(bytes(&settled.message) < MAX_OTHER_BYTES);
}
