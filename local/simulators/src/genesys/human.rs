//! What acts look like on the wire: lifecycle events and webhooks.

use serde_json::{Map, Value, json};

use crate::{
    act::{Act, ActError, Attachment, EndedBy, Phase, Stamp},
    lane::Callback,
    options::Representative,
    state::{Author, Line},
    timer::rfc3339,
};

use super::{
    Genesys,
    book::{Book, Case, Participant, Purpose},
    lifecycle,
};

pub(super) fn perform(
    genesys: &Genesys,
    book: &mut Book,
    conversation: &str,
    act: Act,
    stamp: Stamp,
) -> Result<(), ActError> {
    let id = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
    let case = book.cases.get_mut(&id).ok_or(ActError::UnknownConversation)?;
    let next = case.phase.after(&act)?;
    let ended_by = act.ended_by();
    Scene { genesys, id: &id, case, stamp }.play(act);
    case.phase = next;
    if next == Phase::Ended {
        case.cues = None;
    }
    genesys.runtime.show(&id, next, case.representative, ended_by);
    Ok(())
}

fn representative<'a>(genesys: &'a Genesys, case: &Case) -> &'a Representative {
    genesys.runtime.options.representative(case.representative)
}

/// One act under way.
struct Scene<'a> {
    genesys: &'a Genesys,
    id: &'a str,
    case: &'a mut Case,
    stamp: Stamp,
}

impl Scene<'_> {
    fn play(mut self, act: Act) {
        match act {
            Act::Accept => self.accept(),
            Act::Queue => self.queue(),
            Act::Offer => self.offer(),
            Act::Join => self.join(),
            Act::Say(text) => self.text(Author::Representative, text),
            Act::SendFile(file, text) => self.file(file, text),
            Act::StartTyping => self.typing("On"),
            Act::StopTyping => self.typing("Off"),
            Act::Transfer => {
                self.end_agent("TRANSFER");
                self.case.representative += 1;
                self.queue();
            }
            Act::Decline | Act::Leave => self.end_agent("CLIENT"),
            Act::WrapUp => self.wrap_up(),
            Act::Survey(text) | Act::FlowText(text) => self.text(Author::Flow, text),
            Act::NoAgents => self.end_acd("ABANDON", "SYSTEM"),
            Act::End(by) => self.end(by),
        }
    }

    /// The given time for the first event of the act, a millisecond more for each further one.
    fn moment(&mut self) -> i64 {
        match self.stamp.at_ms.as_mut() {
            Some(at_ms) => {
                let now = *at_ms;
                *at_ms += 1;
                now
            }
            None => self.genesys.runtime.options.timer.stamp_ms(),
        }
    }

    fn participant(&self, purpose: Purpose, at_ms: i64) -> Participant {
        let mut new = Participant::new(&self.genesys.runtime.ids, purpose, at_ms);
        new.queue_id = matches!(purpose, Purpose::Acd | Purpose::Agent).then(|| self.genesys.config.queue_id.clone());
        new
    }

    fn emit(&self, topic: &str, participant: &Participant, at_ms: i64, extra: Value) {
        let integration = &self.genesys.config.integration_id;
        let mut body = lifecycle::event_body(self.id, participant, &self.case.contact, integration, at_ms);
        if let Value::Object(extra) = extra {
            body.extend(extra.into_iter().filter(|(_, value)| !value.is_null()));
        }
        let correlation = self.genesys.runtime.ids.uuid();
        self.case.lifecycle.push(Callback {
            kind: format!("{}{topic}", lifecycle::KIND),
            conversation: self.id.to_owned(),
            body: lifecycle::detail(topic, self.id, &body, &correlation),
        });
    }

    fn accept(&mut self) {
        let now = self.moment();
        if let Some(customer) = self.case.last(Purpose::Customer).cloned() {
            self.emit("customer.start", &customer, now, Value::Null);
        }
        let now = self.moment();
        let flow = self.participant(Purpose::Flow, now);
        self.emit("flow.start", &flow, now, flow_fields());
        self.case.participants.push(flow);
    }

    fn queue(&mut self) {
        self.end_flow("TRANSFER");
        if self.case.live(Purpose::Acd).is_some() {
            return;
        }
        let now = self.moment();
        let acd = self.participant(Purpose::Acd, now);
        let priority = self.case.attributes.get("priority");
        let skills: Vec<&str> =
            self.case.attributes.get("skills").map(|it| it.split(',').collect()).unwrap_or_default();
        let extra = json!({
            "queueId": self.genesys.config.queue_id,
            "divisionId": self.genesys.config.division_id,
            "routingPriority": priority.and_then(|it| it.parse::<i64>().ok()).unwrap_or(0),
            "requestedRoutingSkillIds": skills,
            "conversationExternalContactIds": [],
        });
        self.emit("acd.start", &acd, now, extra);
        self.case.participants.push(acd);
    }

    fn offer(&mut self) {
        let now = self.moment();
        let mut agent = self.participant(Purpose::Agent, now);
        let person = representative(self.genesys, self.case);
        agent.user_id = Some(person.id.clone());
        agent.connected_ms = None;
        let extra = json!({
            "userId": person.id,
            "queueId": self.genesys.config.queue_id,
            "divisionId": self.genesys.config.division_id,
        });
        self.emit("user.start", &agent, now, extra);
        self.case.participants.push(agent);
    }

    fn join(&mut self) {
        if self.case.live(Purpose::Agent).is_none() {
            self.offer();
        }
        if self.case.live(Purpose::Acd).is_none() {
            // The representative takes it over without a queue; an event needs its routing session all the same.
            let acd = self.participant(Purpose::Acd, self.genesys.runtime.options.timer.now_ms());
            self.case.participants.push(acd);
        }
        self.end_acd("ANSWERED", "TRANSFER");
        let now = self.genesys.runtime.options.timer.now_ms();
        if let Some(agent) = self.case.live(Purpose::Agent) {
            agent.connected_ms = Some(now);
        }
    }

    fn end_acd(&mut self, outcome: &str, disconnect_type: &'static str) {
        let now = self.moment();
        let person = representative(self.genesys, self.case);
        let Some(acd) = self.case.live(Purpose::Acd) else {
            return;
        };
        acd.ended_ms = Some(now);
        acd.disconnect_type = Some(disconnect_type);
        let acd = acd.clone();
        let answered_by = (outcome == "ANSWERED").then_some(&person.id);
        let extra = json!({
            "queueId": self.genesys.config.queue_id,
            "acdOutcome": outcome,
            "answeredUserId": answered_by,
            "disconnectType": disconnect_type,
            "connectedDurationMs": (now - acd.started_ms).max(0),
            "usedRouting": "Standard",
        });
        self.emit("acd.end", &acd, now, extra);
    }

    fn end_flow(&mut self, disconnect_type: &'static str) {
        if self.case.live(Purpose::Flow).is_none() {
            return;
        }
        let now = self.moment();
        let Some(flow) = self.case.live(Purpose::Flow) else {
            return;
        };
        flow.ended_ms = Some(now);
        flow.disconnect_type = Some(disconnect_type);
        let flow = flow.clone();
        let mut extra = flow_fields();
        if let Some(fields) = extra.as_object_mut() {
            let transfers = disconnect_type == "TRANSFER";
            let exit = if transfers { "TRANSFER" } else { "DISCONNECT" };
            fields.insert("exitReason".to_owned(), json!(exit));
            if transfers {
                fields.insert("transferType".to_owned(), json!("ACD"));
            }
            fields.insert("disconnectType".to_owned(), json!(disconnect_type));
        }
        self.emit("flow.end", &flow, now, extra);
    }

    /// Ends the agent's session; without a connection it was only an alert.
    fn end_agent(&mut self, disconnect_type: &'static str) {
        let now = self.moment();
        let Some(agent) = self.case.live(Purpose::Agent) else {
            return;
        };
        agent.ended_ms = Some(now);
        agent.disconnect_type = Some(disconnect_type);
        let agent = agent.clone();
        let connected = agent.connected_ms;
        // An answered session always has interacting time, however fast the script is.
        let interacting = connected.map_or(0, |from| (now - from).max(1));
        let extra = json!({
            "userId": agent.user_id,
            "queueId": self.genesys.config.queue_id,
            "disconnectType": disconnect_type,
            "interactingDurationMs": interacting,
            "alertingDurationMs": (connected.unwrap_or(now) - agent.started_ms).max(0),
            "heldDurationMs": 0,
            "contactingDurationMs": 0,
            "dialingDurationMs": 0,
            "callbackDurationMs": 0,
        });
        self.emit("user.end", &agent, now, extra);
    }

    fn wrap_up(&mut self) {
        let now = self.moment();
        let Some(agent) = self
            .case
            .participants
            .iter_mut()
            .rev()
            .find(|it| it.purpose == Purpose::Agent && it.connected_ms.is_some())
        else {
            return;
        };
        agent.wrapped_up_ms = Some(now);
        let agent = agent.clone();
        let extra = json!({
            "userId": agent.user_id,
            "queueId": self.genesys.config.queue_id,
            "wrapupCode": "7fb334b0-0000-4000-8000-000000000001",
            "wrapupNotes": "resolved",
            "wrapupDurationMs": (now - agent.ended_ms.unwrap_or(now)).max(0),
        });
        self.emit("acw", &agent, now, extra);
    }

    fn end(&mut self, by: EndedBy) {
        let (agent, customer) = match by {
            EndedBy::Representative => ("CLIENT", "PEER"),
            EndedBy::Contact => ("PEER", "CLIENT"),
            EndedBy::Provider => ("SYSTEM", "INACTIVITY"),
        };
        self.end_flow(agent);
        if self.case.live(Purpose::Acd).is_some() {
            self.end_acd("ABANDON", agent);
        }
        if self.case.live(Purpose::Agent).is_some() {
            self.end_agent(agent);
        }
        let now = self.moment();
        let Some(participant) = self.case.live(Purpose::Customer) else {
            return;
        };
        participant.ended_ms = Some(now);
        participant.disconnect_type = Some(customer);
        let participant = participant.clone();
        let extra = json!({
            "disconnectType": customer,
            "interactingDurationMs": (now - participant.started_ms).max(0),
        });
        self.emit("customer.end", &participant, now, extra);
    }

    fn text(&mut self, author: Author, text: String) {
        let body = json!({ "type": "Text", "text": text, "content": [] });
        let (message_id, at_ms) = self.post("webhook.text", body);
        self.show(author, message_id, text, Vec::new(), at_ms);
    }

    fn file(&mut self, file: Attachment, text: String) {
        let media = match file.mime.split('/').next() {
            Some("image") => "Image",
            Some("video") => "Video",
            Some("audio") => "Audio",
            Some(_) | None => "File",
        };
        let content = json!([{ "contentType": "Attachment", "attachment": {
            "id": self.genesys.runtime.ids.uuid(), "mediaType": media,
            "url": file.url, "mime": file.mime, "filename": file.filename,
        }}]);
        let mut body = json!({ "type": "Text", "content": content });
        if let (false, Some(fields)) = (text.is_empty(), body.as_object_mut()) {
            fields.insert("text".to_owned(), Value::from(text.as_str()));
        }
        let (message_id, at_ms) = self.post("webhook.attachment", body);
        self.show(Author::Representative, message_id, text, vec![file], at_ms);
    }

    fn typing(&mut self, switch: &str) {
        let event = json!({ "eventType": "Typing", "typing": { "type": switch, "duration": 5000 } });
        self.post("webhook.typing", json!({ "type": "Event", "events": [event] }));
    }

    /// Sends a webhook with the common envelope around `body`; answers its id and time.
    fn post(&mut self, kind: &str, body: Value) -> (String, i64) {
        let message_id = self.stamp.id.clone().unwrap_or_else(|| self.genesys.runtime.ids.uuid());
        let at_ms = self.moment();
        let config = &self.genesys.config;
        let envelope = json!({
            "id": message_id,
            "channel": {
                "id": config.integration_id, "platform": "Open", "type": "Private", "messageId": message_id,
                "to": { "id": self.case.contact },
                "from": { "nickname": config.integration_name, "id": config.integration_id, "idType": "Opaque" },
                "time": rfc3339(at_ms),
            },
            "direction": "Outbound",
            "conversationId": self.id,
        });
        let mut fields: Map<String, Value> = Map::new();
        for part in [envelope, body] {
            if let Value::Object(part) = part {
                fields.extend(part);
            }
        }
        self.case.webhooks.push(Callback {
            kind: kind.to_owned(),
            conversation: self.id.to_owned(),
            body: Value::Object(fields),
        });
        (message_id, at_ms)
    }

    fn show(&self, author: Author, message_id: String, text: String, attachments: Vec<Attachment>, at_ms: i64) {
        let line = Line { author, message_id, text, attachments, at_ms };
        self.genesys.runtime.update_conversation(self.id, |it| it.transcript.push(line));
    }
}

fn flow_fields() -> Value {
    json!({ "flowId": "f1000000-0000-4000-8000-000000000001", "flowType": "INBOUNDMESSAGE" })
}
