//! The virtual agent in front of the humans: what each action does.

use std::{collections::HashSet, sync::Arc};

use crate::{
    act::{Act, EndedBy, Phase, Stamp},
    centre::Answer,
    runtime::locked,
    script::{self, Script},
    state::{Author, Conversation, Line},
    unfinished,
};

use super::{
    ServiceNow,
    book::{Book, Case, Stage},
    call::{Action, Call},
    config::RepeatedRequests,
    envelope::{Cause, Envelope, bot_text},
    human,
    routes::{refuse, success},
};

/// The documented text that asks for a human.
const HANDOFF_TEXT: &str = "Live Agent Support.";
const NOT_UNDERSTOOD: &str = "I'm sorry, I didn't understand that.";

pub(super) fn take(instance: &Arc<ServiceNow>, call: Call) -> Answer {
    let mut book = locked(&instance.book);
    if let Some(repeat) = ignore_repeat(instance, &mut book, &call) {
        return repeat;
    }
    match call.action {
        Some(Action::Start | Action::Create) => begin(instance, &mut book, call),
        Some(Action::StartCreated) => start_created(instance, &mut book, &call),
        Some(Action::Agent) => ask_for_human(instance, &mut book, &call),
        Some(Action::End) => end(instance, &mut book, &call, Act::End(EndedBy::Contact)),
        Some(Action::Fault) => fault(instance, &mut book, &call),
        Some(Action::UpdateMessages) => update_messages(instance, &mut book, call),
        Some(Action::Typing | Action::Viewing) => typing(instance, &mut book, &call),
        Some(Action::SendHistory) => send_history(instance, &mut book, call),
        Some(Action::Switch) => not_understood(instance, &mut book, &call, "no such topic"),
        None => message(instance, &mut book, call),
    }
}

fn ignore_repeat(instance: &ServiceNow, book: &mut Book, call: &Call) -> Option<Answer> {
    let always = instance.config.repeated_requests == RepeatedRequests::Always;
    let (id, case) = book.open_case(&call.session)?;
    let seen = !case.seen_requests.insert(call.request_id.clone());
    let working = case.stage == Stage::BotWorking;
    (seen && (working || always)).then(|| ignored("repeated requestId").about(id))
}

fn done(id: &str) -> Answer {
    Answer::taken(200, Some(success())).about(id)
}

fn ignored(reason: &str) -> Answer {
    Answer::ignored(200, Some(success()), reason)
}

fn begin(instance: &Arc<ServiceNow>, book: &mut Book, call: Call) -> Answer {
    let script = instance.runtime.script_for(&call.session);
    if script == Script::Reject {
        return refuse(400, "conversations are not accepted");
    }
    let id = instance.runtime.ids.sys_id();
    let live_agent_only = call.context.get("live_agent_only").map(String::as_str);
    let action = call.action;
    let mut conversation = Conversation::new(&id, &call.session, script);
    conversation.attributes.clone_from(&call.context);
    conversation.history = call.history.clone();
    instance.runtime.update(|state| state.conversations.push(conversation));
    let mut case = new_case(instance, &call, script);
    if action == Some(Action::Create) {
        let created = serde_json::json!({
            "uiType": "ActionMsg", "actionType": "CreateConversation",
            "conversationId": instance.runtime.ids.sys_id(), "interactionId": id,
            "messageId": instance.runtime.ids.sys_id(),
        });
        let envelope = Envelope::new("created", Cause::Answer, vec![created]).flag("score", 1);
        case.callbacks.push(envelope.for_case(&id, &case));
    } else {
        start(instance, &mut case, &id, &call, live_agent_only);
    }
    book.by_session.insert(call.session, id.clone());
    book.cases.insert(id.clone(), case);
    done(&id)
}

fn new_case(instance: &ServiceNow, call: &Call, script: Script) -> Case {
    Case {
        session: call.session.clone(),
        user_id: call.user_id.clone(),
        stage: Stage::Created,
        phase: Phase::New,
        script,
        last_request: call.request_id.clone(),
        last_message: call.message.clone(),
        client_variables: call.client_variables.clone(),
        seen_requests: HashSet::from([call.request_id.clone()]),
        silent: call.silent.unwrap_or(false),
        representative: 0,
        transferring: false,
        callbacks: instance.lane(),
        cues: None,
    }
}

/// Hands a new conversation to a human, or to the bot, which greets.
fn start(instance: &Arc<ServiceNow>, case: &mut Case, id: &str, call: &Call, live_agent_only: Option<&str>) {
    show(instance, id, call);
    if live_agent_only == Some("true") || call.text == HANDOFF_TEXT {
        route(instance, case, id);
    } else {
        case.stage = Stage::Bot;
        say_as_bot(instance, case, id, "Hi, I'm your virtual agent. How can I help?", 1);
    }
}

fn start_created(instance: &Arc<ServiceNow>, book: &mut Book, call: &Call) -> Answer {
    match book.open_case(&call.session) {
        Some((id, case)) if case.stage == Stage::Created => {
            note(case, call);
            let variable = |state: &crate::state::State| {
                let found = state.conversation(&id)?;
                found.attributes.get("live_agent_only").cloned()
            };
            let wish = call.context.get("live_agent_only").cloned();
            let wish = wish.or_else(|| instance.runtime.read(variable));
            start(instance, case, &id, call, wish.as_deref());
            done(&id)
        }
        Some(_) | None => refuse(400, "no conversation has been created"),
    }
}

fn ask_for_human(instance: &Arc<ServiceNow>, book: &mut Book, call: &Call) -> Answer {
    match book.open_case(&call.session) {
        Some((id, case)) if case.stage == Stage::Bot => {
            note(case, call);
            let context = call.context.clone();
            instance.runtime.update_conversation(&id, |it| it.attributes.extend(context));
            route(instance, case, &id);
            done(&id)
        }
        Some((id, _)) => ignored("a human is already asked for").about(id),
        None => not_understood(instance, book, call, "no conversation is open"),
    }
}

/// The bot works until the script's first envelope says `agentChat`.
fn route(instance: &Arc<ServiceNow>, case: &mut Case, id: &str) {
    case.stage = Stage::BotWorking;
    let (cues, heard) = unfinished::channel(&instance.runtime.unfinished);
    case.cues = Some(cues);
    let play = script::play(Arc::clone(instance), id.to_owned(), case.script, heard);
    instance.runtime.spawn(play);
}

fn message(instance: &Arc<ServiceNow>, book: &mut Book, call: Call) -> Answer {
    let Some((id, case)) = book.open_case(&call.session) else {
        return not_understood(instance, book, &call, "no conversation is open");
    };
    case.silent = call.silent.unwrap_or(case.silent);
    match case.stage {
        Stage::Created => return ignored("the conversation is not started").about(id),
        Stage::BotWorking => return ignored("the bot is busy").about(id),
        Stage::Bot if call.text == HANDOFF_TEXT => {
            note(case, &call);
            show(instance, &id, &call);
            route(instance, case, &id);
            return done(&id);
        }
        Stage::Bot => return not_understood(instance, book, &call, "no human is there"),
        Stage::AgentChat => {}
    }
    if case.silent {
        return ignored("silentMessage sticks").about(id);
    }
    note(case, &call);
    show(instance, &id, &call);
    if let Some(cues) = &case.cues
        && !cues.send(call.text)
    {
        tracing::debug!("the script of this conversation is over");
    }
    done(&id)
}

/// Envelopes echo the last request.
fn note(case: &mut Case, call: &Call) {
    case.last_request.clone_from(&call.request_id);
    case.last_message.clone_from(&call.message);
    if !call.client_variables.is_null() {
        case.client_variables.clone_from(&call.client_variables);
    }
}

fn show(instance: &ServiceNow, id: &str, call: &Call) {
    if call.text.is_empty() && call.attachments.is_empty() {
        return;
    }
    let line = Line {
        author: Author::Contact,
        message_id: call.message_id.clone().unwrap_or_default(),
        text: call.text.clone(),
        attachments: call.attachments.clone(),
        at_ms: instance.runtime.options.timer.now_ms(),
    };
    instance.runtime.update_conversation(id, |it| it.transcript.push(line));
}

fn say_as_bot(instance: &ServiceNow, case: &Case, id: &str, text: &str, score: i64) {
    let item = bot_text(text, &instance.runtime.ids.sys_id());
    let envelope = Envelope::new("bot", Cause::Answer, vec![item]).flag("score", score);
    case.callbacks.push(envelope.for_case(id, case));
}

/// The documented improper response: a success in the synchronous answer, then score 0 and no `agentChat`.
fn not_understood(instance: &ServiceNow, book: &mut Book, call: &Call, reason: &'static str) -> Answer {
    let known = book.resolve(&call.session);
    if let Some((id, case)) = known.as_ref().and_then(|id| Some((id, book.cases.get_mut(id)?))) {
        note(case, call);
        // Nobody commanded it.
        if case.script != Script::Manual {
            say_as_bot(instance, case, id, NOT_UNDERSTOOD, 0);
        }
    } else {
        let (id, script) = (instance.runtime.ids.sys_id(), instance.runtime.script_for(&call.session));
        say_as_bot(instance, &new_case(instance, call, script), &id, NOT_UNDERSTOOD, 0);
    }
    let answer = ignored(reason);
    match known {
        Some(id) => answer.about(id),
        None => answer,
    }
}

/// An end of something that is over already is a success.
fn end(instance: &ServiceNow, book: &mut Book, call: &Call, act: Act) -> Answer {
    let Some((id, case)) = book.open_case(&call.session) else {
        return ignored("no conversation is open");
    };
    note(case, call);
    match human::perform(instance, book, &id, act, Stamp::default()) {
        Ok(()) => done(&id),
        Err(error) => ignored(&error.to_string()).about(id),
    }
}

fn fault(instance: &ServiceNow, book: &mut Book, call: &Call) -> Answer {
    let Some((id, case)) = book.open_case(&call.session) else {
        return ignored("no conversation is open");
    };
    note(case, call);
    human::take_control(instance, case, &id, EndedBy::Contact);
    done(&id)
}

fn typing(instance: &ServiceNow, book: &mut Book, call: &Call) -> Answer {
    let Some((id, _)) = book.open_case(&call.session) else {
        return ignored("no conversation is open");
    };
    if call.action == Some(Action::Typing) {
        instance.runtime.update_conversation(&id, |it| it.contact_typing += 1);
    }
    done(&id)
}

fn send_history(instance: &ServiceNow, book: &mut Book, call: Call) -> Answer {
    let Some((id, _)) = book.open_case(&call.session) else {
        return ignored("no conversation is open");
    };
    instance.runtime.update_conversation(&id, |it| it.history = call.history);
    done(&id)
}

fn update_messages(instance: &ServiceNow, book: &mut Book, call: Call) -> Answer {
    if !instance.config.third_party_chat {
        return refuse(400, "third_party_chat is not enabled");
    }
    let Some(id) = book.resolve(&call.session) else {
        return refuse(400, "no such conversation");
    };
    instance.runtime.update_conversation(&id, |it| it.receipts.extend(call.updates));
    let body = serde_json::json!({
        "status": "success", "message": "Message Processed Successfully",
    });
    Answer::taken(200, Some(body)).about(id)
}
