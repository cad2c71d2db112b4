//! What the contact's side does: messages, typing, delivery reports.

use std::{collections::HashMap, sync::Arc};

use serde_json::{Value, json};

use crate::engine::{Answer, Callback, Incoming, Phase, Refusal, Script, bad, refuse, with};

use super::{
    Book, Case, Organisation, Threading, human,
    inbound::{Message, Receipt},
    participant::Participants,
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

pub(super) fn take_message(desk: &Arc<Organisation>, message: Message, wish: Wish) -> Result<Answer, Refusal> {
    let anew = desk.config.threading == Threading::AlwaysNew;
    let mut book = desk.book();
    let began = book.of_contact(&message.from).is_none_or(|it| anew && it.phase == Phase::Ended);
    if began {
        create(desk, &mut book, &message.from)?;
    }
    let case = book.of_contact(&message.from).ok_or_else(|| refuse(500, "no conversation"))?;
    let status = desk.config.open_status;
    if let Some(answer) = earlier_answer(case, &message, wish) {
        return Ok(Answer::ignored(status, answer, "repeated messageId").about(&case.id));
    }
    if case.phase == Phase::Ended {
        reopen(desk, case);
    } else if !began {
        // The first message is the platform's summary; nobody answers it.
        case.cue(&message.said.text);
    }
    Ok(Answer::taken(status, accept(desk, case, message, wish)).about(&case.id))
}

fn earlier_answer(case: &Case, message: &Message, wish: Wish) -> Option<Value> {
    case.own.answers.get(&message.said.message_id).filter(|_| wish == Wish::Deliver).cloned()
}

/// Shows the message on the desktop and answers the platform.
fn accept(desk: &Organisation, case: &mut Case, message: Message, wish: Wish) -> Value {
    let platform_id = desk.uuid();
    let Message { from, time, mut said, attributes } = message;
    if said.message_id.is_empty() {
        said.message_id.clone_from(&platform_id);
    }
    let integration = &desk.config.integration_id;
    let body = json!({
        "id": platform_id,
        "channel": {
            "id": integration, "platform": "Open", "type": "Private", "messageId": said.message_id,
            "from": { "id": from, "idType": "Opaque" },
            "to": { "id": integration },
            "time": time,
        },
        "type": "Text",
        "text": said.text,
    });
    case.own.answers.insert(said.message_id.clone(), body.clone());
    case.own.participants.attributes.extend(attributes);
    if case.script != Script::Manual {
        case.own.webhooks.push(receipt(desk, case, &platform_id));
    }
    let attributes = case.own.participants.attributes.clone();
    desk.runtime.update_conversation(&case.id, |it| it.attributes = attributes);
    desk.hear(case, said);
    with(body, json!({ "conversationId": (wish == Wish::Open).then_some(&case.id) }))
}

fn create(desk: &Arc<Organisation>, book: &mut Book, from: &str) -> Result<(), Refusal> {
    if desk.rejects(from) {
        return Err(bad("the integration does not accept conversations"));
    }
    let id = desk.uuid();
    let own = super::Kept {
        participants: Participants::new(&desk.runtime.ids, desk.stamp_ms()),
        webhooks: desk.lane(&desk.own.webhook),
        lifecycle: desk.lane(&desk.own.lifecycle),
        answers: HashMap::new(),
    };
    desk.route(desk.open(book, desk.case(id, from, own), |_| {}));
    Ok(())
}

/// The threading trap: a message after the end brings the same conversation back.
fn reopen(desk: &Arc<Organisation>, case: &mut Case) {
    let now = desk.stamp_ms();
    desk.reopen(case);
    case.own.answers.clear();
    if let Some(customer) = case.own.participants.all.first_mut() {
        customer.started_ms = now;
        customer.connected_ms = Some(now);
        customer.ended_ms = None;
        customer.disconnect_type = None;
        customer.session_id = desk.uuid();
    }
    desk.route(case);
}

/// Tells the platform that its message has arrived.
fn receipt(desk: &Organisation, case: &Case, platform_id: &str) -> Callback {
    let envelope = human::envelope(&desk.config, &case.contact, &case.id, platform_id, desk.stamp_ms());
    let body = with(envelope, json!({ "type": "Receipt", "status": "Delivered", "isFinalReceipt": true }));
    Callback::new("webhook.receipt", &case.id, body)
}

pub(super) fn take_typing(desk: &Organisation, from: &str) -> Result<Answer, Refusal> {
    let mut book = desk.book();
    let case = book.open_case(from).ok_or_else(|| refuse(404, "no conversation of this sender is open"))?;
    desk.runtime.update_conversation(&case.id, |it| it.contact_typing += 1);
    Ok(Answer::taken(200, json!({ "id": desk.uuid(), "type": "Event", "conversationId": case.id })).about(&case.id))
}

pub(super) fn take_receipt(desk: &Organisation, receipt: Receipt) -> Result<Answer, Refusal> {
    let mut book = desk.book();
    let case = book.of_contact(&receipt.to).ok_or_else(|| refuse(404, "no conversation of this recipient exists"))?;
    let Receipt { message_id, status, .. } = receipt;
    let body = json!({ "id": message_id, "type": "Receipt", "status": status });
    desk.runtime.update_conversation(&case.id, |it| it.receipts.push((message_id, status)));
    Ok(Answer::taken(200, body).about(&case.id))
}
