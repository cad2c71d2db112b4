//! What the contact's side does, in either flavour: conversations begin, messages arrive, conversations end.

use std::{collections::BTreeMap, sync::Arc};

use crate::{
    act::{Act, EndedBy, Phase, Stamp},
    centre::Answer,
    lane::{Carrier, Lane},
    script::{self, Script},
    state::{Author, Conversation, Line},
    unfinished,
};

use super::{
    Five9,
    book::{Book, Case},
    human,
    routes::refuse,
    webhook::{Target, WebhookCarrier},
};

/// A conversation that is wanted.
#[derive(Debug)]
pub(super) struct Opening {
    pub(super) id: String,
    pub(super) external_id: String,
    pub(super) token: Option<String>,
    pub(super) target: Target,
    pub(super) attributes: BTreeMap<String, String>,
}

/// Whether the script refuses conversations of this contact.
pub(super) fn rejects(five9: &Five9, external_id: &str) -> bool {
    five9.runtime.script_for(external_id) == Script::Reject
}

/// Begins a conversation and its script. A repeat begins another one: creates are not idempotent.
pub(super) fn open(five9: &Arc<Five9>, book: &mut Book, opening: Opening) {
    let Opening { id, external_id, token, target, attributes } = opening;
    let script = five9.runtime.script_for(&external_id);
    let mut conversation = Conversation::new(&id, &external_id, script);
    conversation.attributes = attributes;
    five9.runtime.update(|state| state.conversations.push(conversation));
    let (cues, heard) = unfinished::channel(&five9.runtime.unfinished);
    five9.runtime.spawn(script::play(Arc::clone(five9), id.clone(), script, heard));
    let case = Case {
        external_id: external_id.clone(),
        token,
        phase: Phase::New,
        representative: 0,
        transferring: false,
        announced: false,
        events: 0,
        messages: 0,
        participant: None,
        inactive_reads: five9.config.inactive_reads,
        callbacks: lane(five9, target),
        cues: Some(cues),
    };
    book.by_contact.insert(external_id, id.clone());
    book.cases.insert(id, case);
}

pub(super) fn lane(five9: &Five9, target: Target) -> Lane {
    let carrier: Arc<dyn Carrier> =
        Arc::new(WebhookCarrier { runtime: Arc::clone(&five9.runtime), webhook: Arc::clone(&five9.webhook), target });
    Lane::open(&five9.runtime, carrier)
}

/// Shows a message of the contact; nothing recognises a repeat.
pub(super) fn take_message(five9: &Five9, case: &Case, id: &str, text: &str) {
    let line = Line {
        author: Author::Contact,
        message_id: String::new(),
        text: text.to_owned(),
        attachments: Vec::new(),
        at_ms: five9.runtime.options.timer.now_ms(),
    };
    five9.runtime.update_conversation(id, |it| it.transcript.push(line));
    if let Some(cues) = &case.cues
        && !cues.send(text.to_owned())
    {
        tracing::debug!("the script of this conversation is over");
    }
}

/// Ends a conversation for the contact.
pub(super) fn end(five9: &Five9, book: &mut Book, id: &str) -> Answer {
    match human::perform(five9, book, id, Act::End(EndedBy::Contact), Stamp::default()) {
        Ok(()) => Answer::taken(200, Some(serde_json::json!({}))).about(id),
        Err(_) => gone(five9, id),
    }
}

/// The answer about a conversation that is over.
pub(super) fn gone(five9: &Five9, id: &str) -> Answer {
    refuse(five9, five9.config.gone_status, "the conversation has ended").about(id)
}
