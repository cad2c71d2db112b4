//! What acts look like on the wire: utterances of the channel, events of the relay.

use serde_json::{Map, Value, json};

use crate::{
    act::{Act, ActError, Attachment, EndedBy, Phase, Stamp},
    lane::Callback,
    options::Representative,
    state::{Author, Line},
    timer::rfc3339,
};

use super::{
    SmartAssist,
    book::{Book, Case, Participant},
    channel::SCALE_MAX,
    config::{Addressing, AgentText},
};

pub(super) fn perform(
    account: &SmartAssist,
    book: &mut Book,
    conversation: &str,
    act: Act,
    stamp: Stamp,
) -> Result<(), ActError> {
    let id = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
    let case = book.cases.get_mut(&id).ok_or(ActError::UnknownConversation)?;
    let next = case.phase.after(&act)?;
    let ended_by = act.ended_by();
    Scene { account, id: &id, case, stamp }.play(act);
    case.phase = next;
    if next == Phase::Ended {
        case.cues = None;
        case.session_open = false;
    }
    account.runtime.show(&id, next, case.representative, ended_by);
    Ok(())
}

fn representative<'a>(account: &'a SmartAssist, case: &Case) -> &'a Representative {
    account.runtime.options.representative(case.representative)
}

/// The bot's own words, which nobody commanded.
pub(super) fn say_as_bot(account: &SmartAssist, case: &Case, id: &str, text: &str) {
    let item = utterance(account, text, None, account.runtime.options.timer.stamp_ms());
    utter(account, case, id, &[item]);
}

/// The contact's judgement, which may come after the end.
pub(super) fn rate(account: &SmartAssist, case: &mut Case, id: &str, rating: u32, comment: Option<&str>) {
    let mut scene = Scene { account, id, case, stamp: Stamp::default() };
    let mut fields = json!({ "rating": rating, "scale_max": SCALE_MAX });
    if let (Some(comment), Some(fields)) = (comment, fields.as_object_mut()) {
        fields.insert("comment".to_owned(), json!(comment));
    }
    scene.tell("csat", fields);
}

/// Says whose an utterance is, as far as the channel does.
pub(super) fn address(account: &SmartAssist, contact: &str, body: &mut Value) {
    let to = match account.config.addressing {
        Addressing::To => json!(contact),
        Addressing::ToObject => json!({ "id": contact }),
        Addressing::Absent => return,
    };
    if let Some(fields) = body.as_object_mut() {
        fields.insert("to".to_owned(), to);
        fields.insert("from".to_owned(), json!(account.config.stream_id));
    }
}

fn utterance(account: &SmartAssist, text: &str, id: Option<&str>, at_ms: i64) -> Value {
    let mut item = json!({ "type": "text", "val": text, "createdOn": rfc3339(at_ms) });
    if account.config.addressing != Addressing::Absent
        && let Some(fields) = item.as_object_mut()
    {
        let id = id.map_or_else(|| account.message_id(), str::to_owned);
        fields.insert("messageId".to_owned(), json!(id));
    }
    item
}

fn utter(account: &SmartAssist, case: &Case, id: &str, items: &[Value]) {
    let mut body = json!({ "data": items, "_v": "v2" });
    address(account, &case.contact, &mut body);
    case.channel.push(Callback {
        id: String::new(),
        kind: "channel.text".to_owned(),
        conversation: id.to_owned(),
        body,
    });
}

/// One act under way.
struct Scene<'a> {
    account: &'a SmartAssist,
    id: &'a str,
    case: &'a mut Case,
    stamp: Stamp,
}

impl Scene<'_> {
    fn play(&mut self, act: Act) {
        match act {
            // The flow's start, alerts, typing and after-call work are not exposed.
            Act::Accept | Act::Offer | Act::Decline | Act::StartTyping | Act::StopTyping | Act::WrapUp => {}
            Act::Queue => self.queue(),
            Act::Join => self.join(),
            Act::Say(text) => self.say(text, None),
            Act::SendFile(file, text) => self.say(text, Some(file)),
            Act::Transfer => {
                self.leave("transferred");
                self.case.transfers_ms.push(self.now());
                self.case.representative += 1;
            }
            Act::Leave => self.leave("left"),
            Act::Survey(text) => {
                self.case.asked = true;
                self.flow_text(text);
            }
            Act::FlowText(text) => self.flow_text(text),
            Act::NoAgents => self.case.nobody_there = true,
            Act::End(by) => self.end(by),
        }
    }

    fn now(&self) -> i64 {
        self.stamp.at_ms.unwrap_or_else(|| self.account.runtime.options.timer.stamp_ms())
    }

    fn agent(&self) -> Value {
        let who = representative(self.account, self.case);
        json!({ "id": who.id, "name": who.name })
    }

    /// Pushes a relay event.
    fn tell(&mut self, event: &str, fields: Value) {
        self.case.seq += 1;
        let mut body = json!({
            "v": 1, "type": event, "transfer_id": self.case.contact,
            "occurred_at": rfc3339(self.now()), "seq": self.case.seq,
        });
        if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
            body.extend(fields);
            if self.account.config.relay_session_ids {
                body.insert("provider_session_id".to_owned(), json!(self.id));
            }
        }
        if let Some(id) = &self.stamp.id {
            self.account.relay.name(&body, id);
        }
        self.case.relay.push(Callback {
            id: String::new(),
            kind: format!("relay.{event}"),
            conversation: self.id.to_owned(),
            body,
        });
    }

    fn queue(&mut self) {
        let config = &self.account.config;
        let mut fields = json!({ "queue": { "id": config.queue_id, "name": config.queue_name } });
        if let (Some((position, seconds)), Some(fields)) = (config.queue_news, fields.as_object_mut()) {
            fields.insert("position".to_owned(), json!(position));
            fields.insert("estimated_wait_seconds".to_owned(), json!(seconds));
        }
        let now = self.now();
        self.case.queued_ms.get_or_insert(now);
        self.tell("queued", fields);
    }

    fn join(&mut self) {
        let started_ms = self.now();
        let who = representative(self.account, self.case).clone();
        self.case.queued_ms.get_or_insert(started_ms);
        self.case.participants.push(Participant { who, started_ms, ended_ms: None });
        self.tell("agent_joined", json!({ "agent": self.agent() }));
    }

    /// The channel has texts only, so that a file is its address.
    fn say(&mut self, text: String, file: Option<Attachment>) {
        let message_id = self.stamp.id.clone().unwrap_or_else(|| self.account.message_id());
        let at_ms = self.now();
        let ways = self.account.config.agent_text;
        if ways != AgentText::Relay {
            let texts = [Some(&text), file.as_ref().map(|it| &it.url)];
            let spoken = texts.into_iter().flatten().filter(|it| !it.is_empty());
            let items: Vec<Value> = spoken
                .enumerate()
                .map(|(n, it)| utterance(self.account, it, (n == 0).then_some(message_id.as_str()), at_ms))
                .collect();
            utter(self.account, self.case, self.id, &items);
        }
        if ways != AgentText::Channel {
            let mut message = Map::new();
            message.insert("id".to_owned(), json!(message_id));
            message.insert("text".to_owned(), json!(text));
            if let Some(file) = &file {
                let attachment = json!({ "url": file.url, "name": file.filename, "mime": file.mime });
                message.insert("attachments".to_owned(), json!([attachment]));
            }
            self.tell("agent_message", json!({ "agent": self.agent(), "message": message }));
        }
        self.show(Author::Representative, message_id, text, file, at_ms);
    }

    fn flow_text(&mut self, text: String) {
        let message_id = self.stamp.id.clone().unwrap_or_else(|| self.account.message_id());
        let at_ms = self.now();
        let item = utterance(self.account, &text, Some(&message_id), at_ms);
        utter(self.account, self.case, self.id, &[item]);
        self.show(Author::Flow, message_id, text, None, at_ms);
    }

    fn end_participant(&mut self) {
        let now = self.now();
        if let Some(participant) = self.case.participants.last_mut() {
            participant.ended_ms.get_or_insert(now);
        }
    }

    fn leave(&mut self, reason: &str) {
        self.end_participant();
        self.tell("agent_left", json!({ "agent": self.agent(), "reason": reason }));
    }

    fn end(&mut self, by: EndedBy) {
        self.end_participant();
        self.case.ended_ms = Some(self.now());
        let met = !self.case.participants.is_empty();
        let (closed_by, reason, meta_status) = match by {
            EndedBy::Representative => ("agent", "resolved", "AGENT_CLOSED"),
            EndedBy::Contact if met => ("user", "other", "USER_CLOSED"),
            EndedBy::Contact => ("user", "abandoned", "USER_CLOSED"),
            EndedBy::Provider if self.case.nobody_there => ("system", "no_agents", "SYSTEM_DROP_OFF"),
            EndedBy::Provider => ("system", "timeout", "SYSTEM_DROP_OFF"),
        };
        self.case.meta_status = Some(meta_status);
        self.tell("closed", json!({ "closed_by": closed_by, "reason": reason }));
    }

    fn show(&self, author: Author, message_id: String, text: String, file: Option<Attachment>, at_ms: i64) {
        let line = Line { author, message_id, text, attachments: file.into_iter().collect(), at_ms };
        self.account.runtime.update_conversation(self.id, |it| it.transcript.push(line));
    }
}
