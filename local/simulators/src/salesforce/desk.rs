//! What the end user does: messages, files, typing, failed deliveries.

use std::{collections::BTreeMap, sync::Arc};

use serde_json::{Value, json};

use crate::engine::{Answer, Phase, Refusal, Said, with};

use super::{
    Book, Case, Org,
    book::{self, Product, of_sender},
    config::{LateMessages, WorkItem},
    interaction::{Content, Interaction},
    refusal::{self, object},
};

pub(super) fn take(org: &Arc<Org>, interaction: Interaction) -> Result<Answer, Refusal> {
    let mut book = org.book();
    let Interaction { from, id: entry, attributes, content } = interaction;
    if let Content::Message(said) = content {
        let case = conversation_for(org, &mut book, &from)?;
        return Ok(take_message(org, case, said, attributes).about(&case.id));
    }
    let case = of_sender(&mut book, &from).filter(|it| it.phase != Phase::Ended);
    let case = case.ok_or_else(|| object(refusal::PARTICIPANT, "The participant does not exist."))?;
    org.runtime.update_conversation(&case.id, |it| match content {
        Content::DeliveryFailed { entry } => it.receipts.push((entry, "Failed".to_owned())),
        Content::Typing => it.contact_typing += 1,
        Content::Message(_) => {}
    });
    Ok(Answer::taken(202, accepted(org, case, &entry)).about(&case.id))
}

/// The body of a 202.
fn accepted(org: &Org, case: &Case, entry: &str) -> Value {
    let body = json!({ "id": entry, "conversationIdentifier": case.id, "success": true });
    let session = &case.own.session.id;
    match org.config.work_item {
        WorkItem::List => with(body, json!({ "workItemIds": [session] })),
        WorkItem::Single => with(body, json!({ "workItemId": session })),
    }
}

fn take_message(org: &Arc<Org>, case: &mut Case, said: Said, attributes: BTreeMap<String, String>) -> Answer {
    if let Some(answer) = earlier_answer(case, &said.message_id) {
        return Answer::ignored(202, answer, "repeated message id");
    }
    if case.phase == Phase::Ended {
        book::reopen(org, case);
    }
    let answer = accepted(org, case, &said.message_id);
    case.own.answers.insert(said.message_id.clone(), answer.clone());
    org.runtime.update_conversation(&case.id, |it| it.attributes.extend(attributes));
    hear(org, case, said);
    Answer::taken(202, answer)
}

/// Where the message goes: to the conversation of its sender, or to one that it opens.
fn conversation_for<'a>(org: &Arc<Org>, book: &'a mut Book, from: &str) -> Result<&'a mut Case, Refusal> {
    let anew = org.config.late_messages == LateMessages::NewConversation;
    if of_sender(book, from).is_none_or(|it| anew && it.phase == Phase::Ended) {
        return open(org, book, from);
    }
    of_sender(book, from).ok_or_else(|| object(refusal::CONVERSATION, "The conversation identifier is not valid."))
}

/// Opens a conversation that nothing routes yet.
pub(super) fn open<'a>(org: &Org, book: &'a mut Book, from: &str) -> Result<&'a mut Case, Refusal> {
    if org.rejects(from) {
        return Err(object(refusal::CHANNEL_INACTIVE, "The channelAddressIdentifier provided is not active."));
    }
    Ok(book::open(org, book, org.uuid(), from, Product::Byoc))
}

/// A blindly repeated open doubles the first text; later repeats are recognised.
fn earlier_answer(case: &Case, id: &String) -> Option<Value> {
    case.own.answers.get(id).filter(|_| case.own.opened_by.as_ref() != Some(id)).cloned()
}

/// Shows the message on the desktop. The first one is the platform's summary: it starts the routing, nobody answers it.
fn hear(org: &Arc<Org>, case: &mut Case, said: Said) {
    match &case.own.opened_by {
        None => {
            case.own.opened_by = Some(said.message_id.clone());
            if case.cues.is_none() {
                org.route(case);
            }
        }
        Some(first) if *first != said.message_id => case.cue(&said.text),
        Some(_) => {}
    }
    org.hear(case, said);
}
