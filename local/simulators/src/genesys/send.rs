//! What the contact's side does: messages, typing, delivery reports.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};

use crate::{
    act::Phase,
    centre::{Answer, Incoming},
    lane::Callback,
    runtime::locked,
    script::{self, Script},
    state::{Author, Conversation, Line},
    timer::rfc3339,
    unfinished::{self, Sender},
};

use super::{
    Genesys,
    book::{Book, Case, Participant, Purpose},
    config::{RepeatedMessages, Threading},
    inbound::{Message, Receipt},
    routes::refuse,
};

/// What a caller expects of an inbound message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wish {
    /// The conversation id as well: that is how a conversation is opened.
    Open,
    /// Only that the message arrives.
    Deliver,
}

impl Wish {
    pub(super) fn of(request: &Incoming) -> Self {
        match request.query_parameter("prefetchConversationId").as_deref() {
            Some("true") => Self::Open,
            Some(_) | None => Self::Deliver,
        }
    }
}

pub(super) fn take_message(genesys: &Arc<Genesys>, message: Message, wish: Wish) -> Answer {
    let script = genesys.runtime.script_for(&message.from);
    let mut book = locked(&genesys.book);
    let known = book.by_contact.get(&message.from).cloned().filter(|id| {
        let ended = book.cases.get(id).is_some_and(|it| it.phase == Phase::Ended);
        !(ended && genesys.config.threading == Threading::AlwaysNew)
    });
    let began = match known {
        None if script == Script::Reject => {
            return refuse(genesys, 400, "the integration does not accept conversations");
        }
        None => Some(create(genesys, &mut book, &message.from, script)),
        Some(_) => None,
    };
    let Some(id) = began.clone().or(known) else {
        return refuse(genesys, 500, "no conversation");
    };
    let Some(case) = book.cases.get_mut(&id) else {
        return refuse(genesys, 500, "no conversation");
    };
    let status = genesys.config.open_status;
    if let Some(answer) = earlier_answer(genesys, case, &message, wish) {
        return Answer::ignored(status, Some(answer), "repeated messageId").about(id);
    }
    if case.phase == Phase::Ended {
        reopen(genesys, case, &id, script);
    } else if began.is_none() {
        // The first message is the platform's summary; nobody answers it.
        cue(case, &message.text);
    }
    Answer::taken(status, Some(accept(genesys, case, &id, message, wish))).about(id)
}

fn earlier_answer(genesys: &Genesys, case: &Case, message: &Message, wish: Wish) -> Option<Value> {
    let recognised = genesys.config.repeated_messages == RepeatedMessages::Recognised;
    let answer = case.answers.get(message.id.as_ref()?)?;
    (recognised && wish == Wish::Deliver).then(|| answer.clone())
}

/// Lets the scripted human hear what the contact writes.
fn cue(case: &Case, text: &str) {
    if let Some(cues) = &case.cues
        && !cues.send(text.to_owned())
    {
        tracing::debug!("the script of this conversation is over");
    }
}

/// Shows the message on the desktop and answers the platform.
fn accept(genesys: &Genesys, case: &mut Case, id: &str, message: Message, wish: Wish) -> Value {
    let platform_id = genesys.runtime.ids.uuid();
    let message_id = message.id.clone().unwrap_or_else(|| platform_id.clone());
    let mut body = answer_body(genesys, &message, &platform_id, &message_id);
    case.answers.insert(message_id.clone(), body.clone());
    case.attributes.extend(message.attributes);
    if case.script != Script::Manual {
        case.webhooks.push(receipt(genesys, case, id, &platform_id));
    }
    let line = Line {
        author: Author::Contact,
        message_id,
        text: message.text,
        attachments: message.attachments,
        at_ms: genesys.runtime.options.timer.now_ms(),
    };
    let attributes = case.attributes.clone();
    genesys.runtime.update_conversation(id, |it| {
        it.attributes = attributes;
        it.transcript.push(line);
    });
    if wish == Wish::Open
        && let Some(fields) = body.as_object_mut()
    {
        fields.insert("conversationId".to_owned(), Value::from(id));
    }
    body
}

fn answer_body(genesys: &Genesys, message: &Message, platform_id: &str, message_id: &str) -> Value {
    let integration = &genesys.config.integration_id;
    json!({
        "id": platform_id,
        "channel": {
            "id": integration, "platform": "Open", "type": "Private", "messageId": message_id,
            "from": { "id": message.from, "idType": "Opaque" },
            "to": { "id": integration },
            "time": message.time,
        },
        "type": "Text",
        "text": message.text,
    })
}

fn create(genesys: &Arc<Genesys>, book: &mut Book, from: &str, script: Script) -> String {
    let (ids, timer) = (&genesys.runtime.ids, &genesys.runtime.options.timer);
    let id = ids.uuid();
    let now = timer.stamp_ms();
    let case = Case {
        contact: from.to_owned(),
        phase: Phase::New,
        script,
        started_ms: now,
        participants: vec![Participant::new(ids, Purpose::Customer, now)],
        attributes: std::collections::BTreeMap::new(),
        representative: 0,
        webhooks: genesys.webhook_lane(),
        lifecycle: genesys.lifecycle_lane(),
        cues: Some(start_script(genesys, &id, script)),
        answers: HashMap::new(),
    };
    book.cases.insert(id.clone(), case);
    book.by_contact.insert(from.to_owned(), id.clone());
    genesys.runtime.update(|state| {
        state.conversations.push(Conversation::new(&id, from, script));
    });
    id
}

/// The threading trap: a message after the end brings the same conversation back.
fn reopen(genesys: &Arc<Genesys>, case: &mut Case, id: &str, script: Script) {
    let now = genesys.runtime.options.timer.stamp_ms();
    case.phase = Phase::New;
    case.script = script;
    case.answers.clear();
    if let Some(customer) = case.participants.first_mut() {
        customer.started_ms = now;
        customer.connected_ms = Some(now);
        customer.ended_ms = None;
        customer.disconnect_type = None;
        customer.session_id = genesys.runtime.ids.uuid();
    }
    case.cues = Some(start_script(genesys, id, script));
    genesys.runtime.update_conversation(id, |it| {
        it.phase = Phase::New;
        it.script = script;
        it.ended_by = None;
        it.reopened += 1;
    });
}

fn start_script(genesys: &Arc<Genesys>, id: &str, script: Script) -> Sender<String> {
    let (cues, heard) = unfinished::channel(&genesys.runtime.unfinished);
    let play = script::play(Arc::clone(genesys), id.to_owned(), script, heard);
    genesys.runtime.spawn(play);
    cues
}

/// Tells the platform that its message has arrived.
fn receipt(genesys: &Genesys, case: &Case, id: &str, platform_id: &str) -> Callback {
    let integration = &genesys.config.integration_id;
    Callback {
        kind: "webhook.receipt".to_owned(),
        conversation: id.to_owned(),
        body: json!({
            "id": platform_id,
            "channel": {
                "id": integration, "platform": "Open", "type": "Private", "messageId": platform_id,
                "to": { "id": case.contact },
                "from": { "nickname": genesys.config.integration_name, "id": integration, "idType": "Opaque" },
                "time": rfc3339(genesys.runtime.options.timer.stamp_ms()),
            },
            "type": "Receipt",
            "status": "Delivered",
            "isFinalReceipt": true,
            "direction": "Outbound",
            "conversationId": id,
        }),
    }
}

pub(super) fn take_typing(genesys: &Genesys, from: &str) -> Answer {
    let Some(id) = open_conversation(genesys, from) else {
        return refuse(genesys, 404, "no conversation of this sender is open");
    };
    genesys.runtime.update_conversation(&id, |it| it.contact_typing += 1);
    let body = json!({ "id": genesys.runtime.ids.uuid(), "type": "Event", "conversationId": id });
    Answer::taken(200, Some(body)).about(id)
}

pub(super) fn take_receipt(genesys: &Genesys, receipt: Receipt) -> Answer {
    let Some(id) = locked(&genesys.book).by_contact.get(&receipt.to).cloned() else {
        return refuse(genesys, 404, "no conversation of this recipient exists");
    };
    let Receipt { message_id, status, .. } = receipt;
    let body = json!({ "id": message_id, "type": "Receipt", "status": status });
    genesys.runtime.update_conversation(&id, |it| it.receipts.push((message_id, status)));
    Answer::taken(200, Some(body)).about(id)
}

fn open_conversation(genesys: &Genesys, from: &str) -> Option<String> {
    let book = locked(&genesys.book);
    let id = book.by_contact.get(from)?;
    let case = book.cases.get(id)?;
    (case.phase != Phase::Ended).then(|| id.clone())
}
