//! The virtual agent in front of the humans: what each action does.

use std::{collections::HashSet, sync::Arc};

use serde_json::json;

use crate::engine::{Answer, EndedBy, Refusal, Script, bad};

use super::{
    Book, Case, Instance, Stage,
    call::{Action, Call},
    config::RepeatedRequests,
    envelope::{Cause, Envelope, bot_text},
    human,
    routes::success,
};

/// The documented text that asks for a human.
const HANDOFF_TEXT: &str = "Live Agent Support.";
const NOT_UNDERSTOOD: &str = "I'm sorry, I didn't understand that.";

pub(super) fn take(desk: &Arc<Instance>, call: Call) -> Result<Answer, Refusal> {
    let mut book = desk.book();
    if let Some(repeat) = ignore_repeat(desk, &mut book, &call) {
        return Ok(repeat);
    }
    match call.action {
        Some(Action::StartConversation | Action::CreateConversation) => begin(desk, &mut book, call),
        Some(Action::StartCreatedConversation) => start_created(desk, &mut book, call),
        Some(Action::Agent) => Ok(ask_for_human(desk, &mut book, call)),
        // An end of something that is over already is a success.
        Some(Action::EndConversation) => Ok(in_open_case(&mut book, &call, |case| {
            note(case, &call);
            desk.end(case).map_err(|error| error.to_string())
        })),
        Some(Action::FaultConversation) => Ok(in_open_case(&mut book, &call, |case| {
            note(case, &call);
            human::take_control(desk, case, EndedBy::Contact);
            Ok(())
        })),
        Some(Action::UpdateMessages) => update_messages(desk, &mut book, call),
        Some(Action::Typing) => Ok(in_open_case(&mut book, &call, |case| {
            desk.runtime.update_conversation(&case.id, |it| it.contact_typing += 1);
            Ok(())
        })),
        Some(Action::Viewing) => Ok(in_open_case(&mut book, &call, |_| Ok(()))),
        Some(Action::SendHistory) => Ok(in_open_case(&mut book, &call, |case| {
            desk.runtime.update_conversation(&case.id, |it| it.history.clone_from(&call.history));
            Ok(())
        })),
        Some(Action::Switch) => Ok(not_understood(desk, &mut book, &call, "no such topic")),
        None => Ok(message(desk, &mut book, call)),
    }
}

/// A success, in words only where no conversation is open or nothing could be done in it.
fn in_open_case(book: &mut Book, call: &Call, then: impl FnOnce(&mut Case) -> Result<(), String>) -> Answer {
    let Some(case) = book.open_case(&call.session) else {
        return ignored("no conversation is open");
    };
    match then(case) {
        Ok(()) => done(case),
        Err(reason) => ignored(&reason).about(&case.id),
    }
}

fn ignore_repeat(desk: &Instance, book: &mut Book, call: &Call) -> Option<Answer> {
    let always = desk.config.repeated_requests == RepeatedRequests::Always;
    let case = book.open_case(&call.session)?;
    let seen = !case.own.seen_requests.insert(call.request_id.clone());
    let working = case.own.stage == Stage::BotWorking;
    (seen && (working || always)).then(|| ignored("repeated requestId").about(&case.id))
}

fn done(case: &Case) -> Answer {
    Answer::taken(200, success()).about(&case.id)
}

fn ignored(reason: &str) -> Answer {
    Answer::ignored(200, success(), reason)
}

fn begin(desk: &Arc<Instance>, book: &mut Book, call: Call) -> Result<Answer, Refusal> {
    if desk.rejects(&call.session) {
        return Err(bad("conversations are not accepted"));
    }
    let case = desk.open(book, new_case(desk, &call), |it| {
        it.attributes.clone_from(&call.context);
        it.history.clone_from(&call.history);
    });
    if call.action == Some(Action::CreateConversation) {
        let created = json!({
            "uiType": "ActionMsg", "actionType": "CreateConversation",
            "conversationId": desk.runtime.ids.sys_id(), "interactionId": case.id,
            "messageId": desk.runtime.ids.sys_id(),
        });
        let envelope = Envelope::new("created", Cause::Answer, vec![created]).flag("score", 1);
        envelope.send(case);
        return Ok(done(case));
    }
    let wish = call.context.get("live_agent_only").cloned();
    Ok(start(desk, case, call, wish.as_deref()))
}

fn new_case(desk: &Instance, call: &Call) -> Case {
    let own = super::Kept {
        user_id: call.user_id.clone(),
        stage: Stage::Created,
        last_request: call.request_id.clone(),
        last_message: call.message.clone(),
        client_variables: call.client_variables.clone(),
        seen_requests: HashSet::from([call.request_id.clone()]),
        silent: call.silent.unwrap_or(false),
        transferring: false,
        callbacks: desk.lane(&desk.own.webhook),
    };
    desk.case(desk.runtime.ids.sys_id(), &call.session, own)
}

/// Hands a new conversation to a human, or to the bot, which greets.
fn start(desk: &Arc<Instance>, case: &mut Case, call: Call, live_agent_only: Option<&str>) -> Answer {
    let wanted = live_agent_only == Some("true") || call.said.text == HANDOFF_TEXT;
    show(desk, case, call);
    if wanted {
        return route(desk, case);
    }
    case.own.stage = Stage::Bot;
    say_as_bot(desk, case, "Hi, I'm your virtual agent. How can I help?", 1);
    done(case)
}

fn start_created(desk: &Arc<Instance>, book: &mut Book, call: Call) -> Result<Answer, Refusal> {
    let created = book.open_case(&call.session).filter(|it| it.own.stage == Stage::Created);
    let case = created.ok_or_else(|| bad("no conversation has been created"))?;
    note(case, &call);
    let known = desk.runtime.read(|state| state.conversation(&case.id)?.attributes.get("live_agent_only").cloned());
    let wish = call.context.get("live_agent_only").cloned().or(known);
    Ok(start(desk, case, call, wish.as_deref()))
}

fn ask_for_human(desk: &Arc<Instance>, book: &mut Book, call: Call) -> Answer {
    let Some(case) = book.open_case(&call.session) else {
        return not_understood(desk, book, &call, "no conversation is open");
    };
    if case.own.stage != Stage::Bot {
        return ignored("a human is already asked for").about(&case.id);
    }
    note(case, &call);
    desk.runtime.update_conversation(&case.id, |it| it.attributes.extend(call.context));
    route(desk, case)
}

/// The bot works until the script's first envelope says `agentChat`.
fn route(desk: &Arc<Instance>, case: &mut Case) -> Answer {
    case.own.stage = Stage::BotWorking;
    desk.route(case);
    done(case)
}

fn message(desk: &Arc<Instance>, book: &mut Book, call: Call) -> Answer {
    let Some(case) = book.open_case(&call.session) else {
        return not_understood(desk, book, &call, "no conversation is open");
    };
    case.own.silent = call.silent.unwrap_or(case.own.silent);
    match case.own.stage {
        Stage::Created => return ignored("the conversation is not started").about(&case.id),
        Stage::BotWorking => return ignored("the bot is busy").about(&case.id),
        Stage::Bot if call.said.text == HANDOFF_TEXT => {
            note(case, &call);
            show(desk, case, call);
            return route(desk, case);
        }
        Stage::Bot => return not_understood(desk, book, &call, "no human is there"),
        Stage::AgentChat => {}
    }
    if case.own.silent {
        return ignored("silentMessage sticks").about(&case.id);
    }
    note(case, &call);
    case.cue(&call.said.text);
    show(desk, case, call);
    done(case)
}

/// Envelopes echo the last request.
fn note(case: &mut Case, call: &Call) {
    case.own.last_request.clone_from(&call.request_id);
    case.own.last_message.clone_from(&call.message);
    if !call.client_variables.is_null() {
        case.own.client_variables.clone_from(&call.client_variables);
    }
}

fn show(desk: &Instance, case: &Case, call: Call) {
    if !call.said.text.is_empty() || !call.said.attachments.is_empty() {
        desk.hear(case, call.said);
    }
}

fn say_as_bot(desk: &Instance, case: &Case, text: &str, score: i64) {
    let item = bot_text(text, &desk.runtime.ids.sys_id());
    let envelope = Envelope::new("bot", Cause::Answer, vec![item]).flag("score", score);
    envelope.send(case);
}

/// The documented improper response: a success in the synchronous answer, then score 0 and no `agentChat`.
fn not_understood(desk: &Instance, book: &mut Book, call: &Call, reason: &str) -> Answer {
    let Some(case) = book.of_contact(&call.session) else {
        say_as_bot(desk, &new_case(desk, call), NOT_UNDERSTOOD, 0);
        return ignored(reason);
    };
    note(case, call);
    // Nobody commanded it.
    if case.script != Script::Manual {
        say_as_bot(desk, case, NOT_UNDERSTOOD, 0);
    }
    ignored(reason).about(&case.id)
}

fn update_messages(desk: &Instance, book: &mut Book, call: Call) -> Result<Answer, Refusal> {
    if !desk.config.third_party_chat {
        return Err(bad("third_party_chat is not enabled"));
    }
    let case = book.of_contact(&call.session).ok_or_else(|| bad("no such conversation"))?;
    desk.runtime.update_conversation(&case.id, |it| it.receipts.extend(call.updates));
    Ok(Answer::taken(200, json!({ "status": "success", "message": "Message Processed Successfully" })).about(&case.id))
}
