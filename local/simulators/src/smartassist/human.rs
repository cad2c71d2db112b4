//! What acts look like on the wire: utterances of the channel, events of the relay.

use serde_json::{Value, json};

use crate::engine::{Act, Attachment, Author, Callback, EndedBy, Scene, rfc3339, with};

use super::{
    Account, Case, Participant, SmartAssist,
    channel::SCALE_MAX,
    config::{Addressing, AgentText},
};

/// The bot's own words, which nobody commanded.
pub(super) fn say_as_bot(desk: &Account, case: &Case, text: &str) {
    let item = utterance(desk, text, None, desk.stamp_ms());
    utter(desk, case, &[item]);
}

/// Says whose an utterance is, as far as the channel does.
pub(super) fn addressed(desk: &Account, contact: &str, body: Value) -> Value {
    let to = match desk.config.addressing {
        Addressing::To => json!(contact),
        Addressing::ToObject => json!({ "id": contact }),
        Addressing::Absent => return body,
    };
    with(body, json!({ "to": to, "from": desk.config.stream_id }))
}

fn utterance(desk: &Account, text: &str, id: Option<&str>, at_ms: i64) -> Value {
    let item = json!({ "type": "text", "val": text, "createdOn": rfc3339(at_ms) });
    if desk.config.addressing == Addressing::Absent {
        return item;
    }
    with(item, json!({ "messageId": id.map_or_else(|| desk.message_id(), str::to_owned) }))
}

fn utter(desk: &Account, case: &Case, items: &[Value]) {
    let body = addressed(desk, &case.contact, json!({ "data": items, "_v": "v2" }));
    case.own.channel.push(Callback::new("channel.text", &case.id, body));
}

impl Scene<'_, SmartAssist> {
    pub(super) fn play(&mut self, act: Act) {
        match act {
            // The flow's start, alerts, typing and after-call work are not exposed.
            Act::Accept | Act::Offer | Act::Decline | Act::StartTyping | Act::StopTyping | Act::WrapUp => {}
            Act::Queue => self.queue(),
            Act::Join => self.join(),
            Act::Say(text) => self.say(text, None),
            Act::SendFile(file, text) => self.say(text, Some(file)),
            Act::Transfer => {
                self.leave("transferred");
                self.case.own.transfers_ms.push(self.time());
                self.case.representative += 1;
            }
            Act::Leave => self.leave("left"),
            Act::Survey(text) => {
                self.case.own.asked = true;
                self.flow_text(text);
            }
            Act::FlowText(text) => self.flow_text(text),
            Act::NoAgents => self.case.own.nobody_there = true,
            Act::End(by) => self.end(by),
        }
    }

    /// Pushes a relay event.
    fn tell(&mut self, event: &str, fields: Value) {
        self.case.own.seq += 1;
        let seq = self.case.own.seq;
        let names_session = self.desk.config.relay_session_ids;
        let body = json!({
            "v": 1, "type": event, "transfer_id": self.case.contact,
            "occurred_at": rfc3339(self.time()), "seq": seq,
        });
        let body = with(body, json!({ "provider_session_id": names_session.then_some(&self.case.id) }));
        let id = self.id_or(|| format!("evt_{}_{seq}", self.case.contact));
        self.case.own.relay.push(self.callback(format!("relay.{event}"), with(body, fields)).identified(id));
    }

    /// The contact's judgement, which may come after the end.
    pub(super) fn rate(&mut self, rating: u32, comment: Option<&str>) {
        let fields = json!({ "rating": rating, "scale_max": SCALE_MAX, "comment": comment });
        self.tell("csat", fields);
    }

    fn queue(&mut self) {
        let config = &self.desk.config;
        let (position, seconds) = config.queue_news.unzip();
        let fields = json!({
            "queue": { "id": config.queue_id, "name": config.queue_name },
            "position": position, "estimated_wait_seconds": seconds,
        });
        let now = self.time();
        self.case.own.queued_ms.get_or_insert(now);
        self.tell("queued", fields);
    }

    fn join(&mut self) {
        let started_ms = self.time();
        let who = self.who().clone();
        self.case.own.queued_ms.get_or_insert(started_ms);
        self.case.own.participants.push(Participant { who, started_ms, ended_ms: None });
        self.tell("agent_joined", json!({ "agent": self.who() }));
    }

    /// The channel has texts only, so that a file is its address.
    fn say(&mut self, text: String, file: Option<Attachment>) {
        let message_id = self.id_or(|| self.desk.message_id());
        let at_ms = self.time();
        let ways = self.desk.config.agent_text;
        if ways != AgentText::Relay {
            let texts = [Some(&text), file.as_ref().map(|it| &it.url)];
            let spoken = texts.into_iter().flatten().filter(|it| !it.is_empty());
            let items: Vec<Value> = spoken
                .enumerate()
                .map(|(n, it)| utterance(self.desk, it, (n == 0).then_some(message_id.as_str()), at_ms))
                .collect();
            utter(self.desk, self.case, &items);
        }
        if ways != AgentText::Channel {
            let attachments =
                file.as_ref().map(|file| json!([{ "url": file.url, "name": file.filename, "mime": file.mime }]));
            let message = with(json!({ "id": message_id, "text": text }), json!({ "attachments": attachments }));
            self.tell("agent_message", json!({ "agent": self.who(), "message": message }));
        }
        self.show(Author::Representative, message_id, text, file, at_ms);
    }

    fn flow_text(&mut self, text: String) {
        let message_id = self.id_or(|| self.desk.message_id());
        let at_ms = self.time();
        let item = utterance(self.desk, &text, Some(&message_id), at_ms);
        utter(self.desk, self.case, &[item]);
        self.show(Author::Flow, message_id, text, None, at_ms);
    }

    fn end_participant(&mut self) {
        let now = self.time();
        if let Some(participant) = self.case.own.participants.last_mut() {
            participant.ended_ms.get_or_insert(now);
        }
    }

    fn leave(&mut self, reason: &str) {
        self.end_participant();
        self.tell("agent_left", json!({ "agent": self.who(), "reason": reason }));
    }

    fn end(&mut self, by: EndedBy) {
        self.end_participant();
        self.case.own.ended_ms = Some(self.time());
        let met = !self.case.own.participants.is_empty();
        let (closed_by, reason, meta_status) = match by {
            EndedBy::Representative => ("agent", "resolved", "AGENT_CLOSED"),
            EndedBy::Contact if met => ("user", "other", "USER_CLOSED"),
            EndedBy::Contact => ("user", "abandoned", "USER_CLOSED"),
            EndedBy::Provider if self.case.own.nobody_there => ("system", "no_agents", "SYSTEM_DROP_OFF"),
            EndedBy::Provider => ("system", "timeout", "SYSTEM_DROP_OFF"),
        };
        self.case.own.meta_status = Some(meta_status);
        self.case.own.session_open = false;
        self.tell("closed", json!({ "closed_by": closed_by, "reason": reason }));
    }
}
