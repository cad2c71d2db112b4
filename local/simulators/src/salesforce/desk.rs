//! What the end user does: messages, files, typing, failed deliveries.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    act::Phase,
    centre::Answer,
    runtime::locked,
    script::Script,
    state::{Author, Line},
};

use super::{
    Salesforce,
    book::{Book, Case, Product},
    config::{LateMessages, RepeatedMessages, WorkItem},
    interaction::{Content, Interaction},
    opening,
    refusal::{self, Objection, object},
};

pub(super) fn take(org: &Arc<Salesforce>, interaction: Interaction) -> Result<Answer, Objection> {
    let mut book = locked(&org.book);
    if let Content::Message { .. } = interaction.content {
        return take_message(org, &mut book, interaction);
    }
    let open = book.by_contact.get(&interaction.from).cloned();
    let case = open.as_ref().and_then(|id| book.cases.get(id)).filter(|it| it.phase != Phase::Ended);
    let (Some(id), Some(case)) = (open.as_ref(), case) else {
        return Err(object(refusal::PARTICIPANT, "The participant does not exist."));
    };
    org.runtime.update_conversation(id, |it| match interaction.content {
        Content::DeliveryFailed { entry } => it.receipts.push((entry, "Failed".to_owned())),
        Content::Typing => it.contact_typing += 1,
        Content::Message { .. } => {}
    });
    Ok(Answer::taken(202, Some(accepted(org, id, case, &interaction.id))).about(id))
}

/// The body of a 202.
fn accepted(org: &Salesforce, id: &str, case: &Case, entry: &str) -> Value {
    let mut body = json!({ "id": entry, "conversationIdentifier": id, "success": true });
    let (name, value) = match org.outside.config.work_item {
        WorkItem::List => ("workItemIds", json!([case.session.id])),
        WorkItem::Single => ("workItemId", json!(case.session.id)),
    };
    if let Some(fields) = body.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
    body
}

fn take_message(org: &Arc<Salesforce>, book: &mut Book, interaction: Interaction) -> Result<Answer, Objection> {
    let id = conversation_for(org, book, &interaction.from)?;
    let Some(case) = book.cases.get_mut(&id) else {
        return Err(object(refusal::CONVERSATION, "The conversation identifier is not valid."));
    };
    if let Some(answer) = earlier_answer(org, case, &interaction) {
        return Ok(Answer::ignored(202, Some(answer), "repeated message id").about(id));
    }
    if case.phase == Phase::Ended {
        opening::reopen(org, case, &id);
    }
    let answer = accepted(org, &id, case, &interaction.id);
    case.answers.insert(interaction.id.clone(), answer.clone());
    let attributes = interaction.attributes.clone();
    org.runtime.update_conversation(&id, |it| it.attributes.extend(attributes));
    hear(org, case, &id, interaction);
    Ok(Answer::taken(202, Some(answer)).about(id))
}

/// Where the message goes: to the conversation of its sender, or to one that it opens.
fn conversation_for(org: &Arc<Salesforce>, book: &mut Book, from: &str) -> Result<String, Objection> {
    let anew = org.outside.config.late_messages == LateMessages::NewConversation;
    let known = book.by_contact.get(from).cloned();
    let known = known.filter(|id| !(anew && book.cases.get(id).is_some_and(|it| it.phase == Phase::Ended)));
    match known {
        Some(id) => Ok(id),
        None => open(org, book, from),
    }
}

/// Opens a conversation that nothing routes yet.
pub(super) fn open(org: &Arc<Salesforce>, book: &mut Book, from: &str) -> Result<String, Objection> {
    let script = org.runtime.script_for(from);
    if script == Script::Reject {
        return Err(object(refusal::CHANNEL_INACTIVE, "The channelAddressIdentifier provided is not active."));
    }
    let id = org.runtime.ids.uuid();
    opening::open(org, book, &id, from, script, Product::Byoc);
    book.by_contact.insert(from.to_owned(), id.clone());
    Ok(id)
}

/// A blindly repeated open doubles the first text; whether later repeats do is a setting.
fn earlier_answer(org: &Salesforce, case: &Case, interaction: &Interaction) -> Option<Value> {
    let recognised = org.outside.config.repeated_messages == RepeatedMessages::Recognised;
    let opens = case.opened_by.as_ref() == Some(&interaction.id);
    let answer = case.answers.get(&interaction.id)?;
    (recognised && !opens).then(|| answer.clone())
}

/// Shows the message on the desktop. The first one is the platform's summary: it starts the routing, nobody answers it.
fn hear(org: &Arc<Salesforce>, case: &mut Case, id: &str, interaction: Interaction) {
    let Content::Message { text, attachments } = interaction.content else {
        return;
    };
    let line = Line {
        author: Author::Contact,
        message_id: interaction.id.clone(),
        text: text.clone(),
        attachments,
        at_ms: org.runtime.options.timer.now_ms(),
    };
    org.runtime.update_conversation(id, |it| it.transcript.push(line));
    match (&case.opened_by, &case.cues) {
        (None, cues) => {
            let routed = cues.is_some();
            case.opened_by = Some(interaction.id);
            if !routed {
                opening::route(org, case, id);
            }
        }
        (Some(first), Some(cues)) if *first != interaction.id => opening::cue(cues, text),
        (Some(_), _) => {}
    }
}
