//! The webhook channel: openings, messages and closures of the contact.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::{
    act::{Act, EndedBy, Phase, Stamp},
    centre::{Answer, Incoming},
    lane::Callback,
    runtime::locked,
    script::{self, Script},
    shape::Refusal,
    state::{Author, Conversation, Line},
    unfinished,
};

use super::{
    SmartAssist,
    book::{Book, Case},
    config::{ClosureAnswer, ClosureEffect, Trigger},
    human,
    inbound::{self, FromChannel, Said},
    routes::{authenticate, bad_token, refuse},
};

const NOT_UNDERSTOOD: &str = "I am not sure what you mean.";
/// The scale of surveys.
pub(super) const SCALE_MAX: u32 = 5;

pub(super) fn take(account: &Arc<SmartAssist>, request: &Incoming) -> Answer {
    let identity = match authenticate(account, request) {
        Ok(identity) => identity,
        Err(doubt) => return bad_token(account, doubt),
    };
    let body = request.json().filter(|_| request.has_content_type("application/json")).unwrap_or_default();
    let inbound = match inbound::read(&body, &account.config.stream_id) {
        Ok(inbound) => inbound,
        Err(Refusal(problem)) => return refuse(account, 400, &problem),
    };
    if identity.is_some_and(|it| it != inbound.from) {
        return bad_token(account, "userIdentity is not from.id");
    }
    let mut book = locked(&account.book);
    match inbound.said {
        Said::Closure => close(account, &mut book, &inbound.from),
        Said::Text(..) | Said::OnConnect if inbound.new => open(account, &mut book, inbound),
        Said::OnConnect => Answer::ignored(200, Some(acknowledgement(account)), "the session is not new"),
        Said::Text(..) => say(account, &mut book, inbound),
    }
}

/// `ok` means taken, whatever becomes of it.
fn acknowledgement(account: &SmartAssist) -> Value {
    json!({ "status": "ok", "_v": "v2", "traceId": account.trace_id() })
}

/// A new session, whether or not the contact has one: nothing recognises a repeat.
fn open(account: &Arc<SmartAssist>, book: &mut Book, inbound: FromChannel) -> Answer {
    let FromChannel { from, said, attributes, custom_data, .. } = inbound;
    let script = account.runtime.script_for(&from);
    if script == Script::Reject {
        return refuse(account, 400, "the channel takes no conversations");
    }
    let id = format!("c-{}", account.runtime.ids.uuid());
    let mut conversation = Conversation::new(&id, &from, script);
    conversation.attributes = attributes;
    conversation.history = custom_data.get("transcript").cloned().unwrap_or_default();
    account.runtime.update(|state| state.conversations.push(conversation));
    let hands_over = match (&account.config.trigger, &said) {
        (Trigger::Any, _) | (Trigger::OnConnect, Said::OnConnect) => true,
        (Trigger::Text(wanted), Said::Text(text, _)) => wanted == text,
        (Trigger::Text(_) | Trigger::OnConnect, _) => false,
    };
    let mut case = new_case(account, &from, custom_data);
    book.by_contact.insert(from, id.clone());
    book.order.push(id.clone());
    if hands_over {
        let (cues, heard) = unfinished::channel(&account.runtime.unfinished);
        account.runtime.spawn(script::play(Arc::clone(account), id.clone(), script, heard));
        case.cues = Some(cues);
    } else {
        human::say_as_bot(account, &case, &id, NOT_UNDERSTOOD);
    }
    book.cases.insert(id.clone(), case);
    Answer::taken(200, Some(acknowledgement(account))).about(id)
}

fn new_case(account: &SmartAssist, contact: &str, custom_data: Value) -> Case {
    Case {
        contact: contact.to_owned(),
        phase: Phase::New,
        session_open: true,
        bot_session: account.runtime.ids.sys_id(),
        custom_data,
        representative: 0,
        seq: 0,
        queued_ms: None,
        ended_ms: None,
        participants: Vec::new(),
        transfers_ms: Vec::new(),
        nobody_there: false,
        asked: false,
        meta_status: None,
        channel: account.channel_lane(),
        relay: account.relay_lane(),
        cues: None,
    }
}

fn say(account: &SmartAssist, book: &mut Book, inbound: FromChannel) -> Answer {
    let acknowledged = acknowledgement(account);
    let Said::Text(text, attachments) = inbound.said else {
        return Answer::ignored(200, Some(acknowledged), "not a text");
    };
    let Some((id, case)) = book.open_case(&inbound.from) else {
        return Answer::ignored(200, Some(acknowledged), "no session is active");
    };
    let line = Line {
        author: Author::Contact,
        message_id: String::new(),
        text: text.clone(),
        attachments,
        at_ms: account.runtime.options.timer.now_ms(),
    };
    account.runtime.update_conversation(&id, |it| it.transcript.push(line));
    match (&case.cues, std::mem::take(&mut case.asked)) {
        (_, true) => answer_survey(account, case, &id, &text),
        (None, false) => human::say_as_bot(account, case, &id, NOT_UNDERSTOOD),
        (Some(cues), false) => {
            if !cues.send(text) {
                tracing::debug!("the script of this conversation is over");
            }
        }
    }
    Answer::taken(200, Some(acknowledged)).about(id)
}

fn answer_survey(account: &SmartAssist, case: &mut Case, id: &str, text: &str) {
    if let Some(rating) = text.trim().parse().ok().filter(|it| (1..=SCALE_MAX).contains(it)) {
        human::rate(account, case, id, rating, None);
    }
}

fn close(account: &SmartAssist, book: &mut Book, contact: &str) -> Answer {
    let Some((id, case)) = book.open_case(contact) else {
        return answer_closure(account, book, contact, "SESSION_CLOSURE_IGNORED", "no active session");
    };
    case.session_open = false;
    if account.config.closure_effect == ClosureEffect::EndsChat {
        let end = Act::End(EndedBy::Contact);
        if let Err(error) = human::perform(account, book, &id, end, Stamp::default()) {
            tracing::debug!(%error, "the chat was over already");
        }
    }
    answer_closure(account, book, contact, "SESSION_CLOSURE_SUCCESS", "session closed successfully")
}

fn answer_closure(account: &SmartAssist, book: &Book, contact: &str, outcome: &str, description: &str) -> Answer {
    let mut body = json!({ "_v": "v2", "data": [{
        "type": "event", "val": "SESSION_CLOSURE", "eventType": outcome, "description": description,
    }]});
    let answer = match account.config.closure_answer {
        ClosureAnswer::Both | ClosureAnswer::Answer => body.clone(),
        ClosureAnswer::PostUrl => acknowledgement(account),
    };
    let id = book.resolve(contact);
    if account.config.closure_answer != ClosureAnswer::Answer
        && let Some((id, case)) = id.as_ref().and_then(|it| Some((it, book.cases.get(it)?)))
    {
        human::address(account, contact, &mut body);
        case.channel.push(Callback {
            id: String::new(),
            kind: "channel.closure".to_owned(),
            conversation: id.clone(),
            body,
        });
    }
    let answer = match outcome {
        "SESSION_CLOSURE_SUCCESS" => Answer::taken(200, Some(answer)),
        _ => Answer::ignored(200, Some(answer), description),
    };
    match id {
        Some(id) => answer.about(id),
        None => answer,
    }
}
