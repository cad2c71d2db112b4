//! The webhook channel: openings, messages and closures of the contact.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::engine::{Answer, Callback, Incoming, Refusal, Said, Scene, Stamp, bad};

use super::{
    Account, Book, Case,
    config::{ClosureAnswer, ClosureEffect, Trigger},
    human,
    inbound::{self, Content, FromChannel},
    routes::{authenticate, bad_token},
};

const NOT_UNDERSTOOD: &str = "I am not sure what you mean.";
/// The scale of surveys.
pub(super) const SCALE_MAX: u32 = 5;

pub(super) fn take(account: &Arc<Account>, request: &Incoming) -> Result<Answer, Refusal> {
    let identity = authenticate(account, request)?;
    let body = request.json().filter(|_| request.has_content_type("application/json")).unwrap_or_default();
    let inbound = inbound::read(&body, &account.config.stream_id)?;
    if identity.is_some_and(|it| it != inbound.from) {
        return Err(bad_token("userIdentity is not from.id"));
    }
    let mut book = account.book();
    match inbound.content {
        Content::Closure => Ok(close(account, &mut book, &inbound.from)),
        Content::Text(_) | Content::OnConnect if inbound.new => open(account, &mut book, inbound),
        Content::OnConnect => Ok(ignored(account, "the session is not new")),
        Content::Text(said) => Ok(say(account, &mut book, &inbound.from, said)),
    }
}

/// `ok` means taken, whatever becomes of it.
fn acknowledgement(account: &Account) -> Value {
    json!({ "status": "ok", "_v": "v2", "traceId": account.trace_id() })
}

fn ignored(account: &Account, reason: &str) -> Answer {
    Answer::ignored(200, acknowledgement(account), reason)
}

/// A new session, whether or not the contact has one: nothing recognises a repeat.
fn open(account: &Arc<Account>, book: &mut Book, inbound: FromChannel) -> Result<Answer, Refusal> {
    let FromChannel { from, content, attributes, custom_data, .. } = inbound;
    if account.rejects(&from) {
        return Err(bad("the channel takes no conversations"));
    }
    let hands_over = match (&account.config.trigger, &content) {
        (Trigger::Any, _) | (Trigger::OnConnect, Content::OnConnect) => true,
        (Trigger::Text(wanted), Content::Text(said)) => *wanted == said.text,
        (Trigger::Text(_) | Trigger::OnConnect, _) => false,
    };
    let history = custom_data.get("transcript").cloned().unwrap_or_default();
    let case = account.open(book, new_case(account, &from, custom_data), |it| {
        it.attributes = attributes;
        it.history = history;
    });
    if hands_over {
        account.route(case);
    } else {
        human::say_as_bot(account, case, NOT_UNDERSTOOD);
    }
    Ok(Answer::taken(200, acknowledgement(account)).about(&case.id))
}

fn new_case(account: &Account, contact: &str, custom_data: Value) -> Case {
    let id = format!("c-{}", account.uuid());
    let own = super::Kept {
        session_open: true,
        bot_session: account.runtime.ids.sys_id(),
        custom_data,
        seq: 0,
        queued_ms: None,
        ended_ms: None,
        participants: Vec::new(),
        transfers_ms: Vec::new(),
        nobody_there: false,
        asked: false,
        meta_status: None,
        channel: account.lane(&account.own.channel),
        relay: account.lane(&account.own.relay),
    };
    account.case(id, contact, own)
}

/// The newest conversation of a contact, if its channel session is open.
fn open_case<'a>(book: &'a mut Book, contact: &str) -> Option<&'a mut Case> {
    book.open_case(contact).filter(|it| it.own.session_open)
}

fn say(account: &Account, book: &mut Book, from: &str, said: Said) -> Answer {
    let Some(case) = open_case(book, from) else {
        return ignored(account, "no session is active");
    };
    let rating = said.text.trim().parse().ok().filter(|it| (1..=SCALE_MAX).contains(it));
    let asked = std::mem::take(&mut case.own.asked);
    if !asked && case.cues.is_none() {
        human::say_as_bot(account, case, NOT_UNDERSTOOD);
    } else if !asked {
        case.cue(&said.text);
    }
    account.hear(case, said);
    if let (true, Some(rating)) = (asked, rating) {
        Scene { desk: account, case, stamp: Stamp::default() }.rate(rating, None);
    }
    Answer::taken(200, acknowledgement(account)).about(&case.id)
}

fn close(account: &Account, book: &mut Book, contact: &str) -> Answer {
    let Some(case) = open_case(book, contact) else {
        let newest = book.of_contact(contact);
        return answer_closure(account, newest.as_deref(), contact, "SESSION_CLOSURE_IGNORED", "no active session");
    };
    case.own.session_open = false;
    if account.config.closure_effect == ClosureEffect::EndsChat
        && let Err(error) = account.end(case)
    {
        tracing::debug!(%error, "the chat was over already");
    }
    answer_closure(account, Some(case), contact, "SESSION_CLOSURE_SUCCESS", "session closed successfully")
}

fn answer_closure(account: &Account, case: Option<&Case>, contact: &str, outcome: &str, description: &str) -> Answer {
    let body = json!({ "_v": "v2", "data": [{
        "type": "event", "val": "SESSION_CLOSURE", "eventType": outcome, "description": description,
    }]});
    let answer = match account.config.closure_answer {
        ClosureAnswer::Both | ClosureAnswer::Answer => body.clone(),
        ClosureAnswer::PostUrl => acknowledgement(account),
    };
    let answer = match outcome {
        "SESSION_CLOSURE_SUCCESS" => Answer::taken(200, answer),
        _ => Answer::ignored(200, answer, description),
    };
    let Some(case) = case else {
        return answer;
    };
    if account.config.closure_answer != ClosureAnswer::Answer {
        let body = human::addressed(account, contact, body);
        case.own.channel.push(Callback::new("channel.closure", &case.id, body));
    }
    answer.about(&case.id)
}
