//! How conversations and their sessions begin, for both products.

use std::{collections::HashMap, sync::Arc};

use crate::{
    act::Phase,
    script::{self, Script},
    state::Conversation,
    unfinished::{self, Sender},
};

use super::{
    Salesforce,
    book::{Book, Case, Product, Session},
};

/// A conversation that nothing routes yet.
pub(super) fn open(org: &Arc<Salesforce>, book: &mut Book, id: &str, contact: &str, script: Script, product: Product) {
    let session = Session::new(&org.runtime.ids, org.runtime.options.timer.stamp_ms());
    let events = match product {
        Product::Byoc => org.event_lane(),
        Product::Chat(_) => org.frame_lane(),
    };
    let case = Case {
        contact: contact.to_owned(),
        product,
        phase: Phase::New,
        script,
        representative: 0,
        events,
        package: org.package_lane(&session.id),
        session,
        cues: None,
        opened_by: None,
        answers: HashMap::new(),
    };
    book.cases.insert(id.to_owned(), case);
    org.runtime.update(|state| state.conversations.push(Conversation::new(id, contact, script)));
}

/// Hands the conversation to the Omni flow: the script begins.
pub(super) fn route(org: &Arc<Salesforce>, case: &mut Case, id: &str) {
    let (cues, heard) = unfinished::channel(&org.runtime.unfinished);
    let play = script::play(Arc::clone(org), id.to_owned(), case.script, heard);
    org.runtime.spawn(play);
    case.cues = Some(cues);
}

/// A late message silently starts a new session.
pub(super) fn reopen(org: &Arc<Salesforce>, case: &mut Case, id: &str) {
    case.phase = Phase::New;
    case.script = org.runtime.script_for(&case.contact);
    case.session = Session::new(&org.runtime.ids, org.runtime.options.timer.stamp_ms());
    case.package = org.package_lane(&case.session.id);
    case.answers.clear();
    case.opened_by = None;
    let script = case.script;
    org.runtime.update_conversation(id, |it| {
        it.phase = Phase::New;
        it.script = script;
        it.ended_by = None;
        it.reopened += 1;
    });
}

/// Lets the scripted human hear what the contact writes.
pub(super) fn cue(cues: &Sender<String>, text: String) {
    if !cues.send(text) {
        tracing::debug!("the script of this conversation is over");
    }
}
