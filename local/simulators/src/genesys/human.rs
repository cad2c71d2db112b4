//! What acts look like on the wire: lifecycle events and webhooks.

use serde_json::{Value, json};

use crate::engine::{Act, Attachment, Author, EndedBy, Scene, rfc3339, with};

use super::{
    Genesys, GenesysConfig,
    participant::{Participant, Purpose},
};

const TEMPLATE: &str = "v2.detail.events.conversation.{id}.";

/// Prefix of the kinds of lifecycle callbacks.
pub(super) const LIFECYCLE: &str = "lifecycle.";

impl Scene<'_, Genesys> {
    pub(super) fn play(&mut self, act: Act) {
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

    fn participant(&self, purpose: Purpose, at_ms: i64) -> Participant {
        let mut new = Participant::new(&self.desk.runtime.ids, purpose, at_ms);
        let queued = matches!(purpose, Purpose::Acd | Purpose::Agent);
        new.queue_id = queued.then(|| self.desk.config.queue_id.clone());
        new
    }

    fn add(&mut self, participant: Participant) {
        self.case.own.participants.all.push(participant);
    }

    fn is_live(&mut self, purpose: Purpose) -> bool {
        self.case.own.participants.live(purpose).is_some()
    }

    /// Ends the newest participant of this purpose, if it has not ended.
    fn finish(&mut self, purpose: Purpose, disconnect_type: &'static str) -> Option<(Participant, i64)> {
        if !self.is_live(purpose) {
            return None;
        }
        let now = self.moment();
        Some((self.case.own.participants.end(purpose, now, disconnect_type)?, now))
    }

    fn emit(&self, topic: &str, participant: &Participant, at_ms: i64, extra: Value) {
        let (integration, contact) = (&self.desk.config.integration_id, &self.case.contact);
        let body = json!({
            "eventTime": at_ms,
            "conversationId": self.case.id,
            "participantId": participant.id,
            "sessionId": participant.session_id,
            "mediaType": "MESSAGE",
            "messageType": "OPEN",
            "provider": "PureCloud Messaging",
            "direction": "INBOUND",
            "addressTo": integration,
            "addressFrom": contact,
            "ani": contact,
            "dnis": integration,
        });
        let body = with(body, json!({ "userId": participant.user_id, "queueId": participant.queue_id }));
        let detail = lifecycle(topic, &self.case.id, &with(body, extra), &self.desk.uuid());
        self.case.own.lifecycle.push(self.callback(format!("{LIFECYCLE}{topic}"), detail));
    }

    fn accept(&mut self) {
        let now = self.moment();
        if let Some(customer) = self.case.own.participants.last(Purpose::Customer) {
            self.emit("customer.start", customer, now, Value::Null);
        }
        let now = self.moment();
        let flow = self.participant(Purpose::Flow, now);
        self.emit("flow.start", &flow, now, flow_fields());
        self.add(flow);
    }

    fn queue(&mut self) {
        self.end_flow("TRANSFER");
        if self.is_live(Purpose::Acd) {
            return;
        }
        let now = self.moment();
        let acd = self.participant(Purpose::Acd, now);
        let attributes = &self.case.own.participants.attributes;
        let priority = attributes.get("priority");
        let skills: Vec<&str> = attributes.get("skills").map(|it| it.split(',').collect()).unwrap_or_default();
        let extra = json!({
            "divisionId": self.desk.config.division_id,
            "routingPriority": priority.and_then(|it| it.parse::<i64>().ok()).unwrap_or(0),
            "requestedRoutingSkillIds": skills,
            "conversationExternalContactIds": [],
        });
        self.emit("acd.start", &acd, now, extra);
        self.add(acd);
    }

    fn offer(&mut self) {
        let now = self.moment();
        let mut agent = self.participant(Purpose::Agent, now);
        agent.user_id = Some(self.who().id.clone());
        agent.connected_ms = None;
        let extra = json!({
            "divisionId": self.desk.config.division_id,
        });
        self.emit("user.start", &agent, now, extra);
        self.add(agent);
    }

    fn join(&mut self) {
        if !self.is_live(Purpose::Agent) {
            self.offer();
        }
        if !self.is_live(Purpose::Acd) {
            // The representative takes it over without a queue; an event needs its routing session all the same.
            let acd = self.participant(Purpose::Acd, self.desk.now_ms());
            self.add(acd);
        }
        self.end_acd("ANSWERED", "TRANSFER");
        let now = self.desk.now_ms();
        if let Some(agent) = self.case.own.participants.live(Purpose::Agent) {
            agent.connected_ms = Some(now);
        }
    }

    fn end_acd(&mut self, outcome: &str, disconnect_type: &'static str) {
        let Some((acd, now)) = self.finish(Purpose::Acd, disconnect_type) else {
            return;
        };
        let extra = json!({
            "acdOutcome": outcome,
            "answeredUserId": (outcome == "ANSWERED").then_some(&self.who().id),
            "disconnectType": disconnect_type,
            "connectedDurationMs": (now - acd.started_ms).max(0),
            "usedRouting": "Standard",
        });
        self.emit("acd.end", &acd, now, extra);
    }

    fn end_flow(&mut self, disconnect_type: &'static str) {
        let Some((flow, now)) = self.finish(Purpose::Flow, disconnect_type) else {
            return;
        };
        let transfers = disconnect_type == "TRANSFER";
        let extra = json!({
            "exitReason": if transfers { "TRANSFER" } else { "DISCONNECT" },
            "transferType": transfers.then_some("ACD"),
            "disconnectType": disconnect_type,
        });
        self.emit("flow.end", &flow, now, with(flow_fields(), extra));
    }

    /// Ends the agent's session; without a connection it was only an alert.
    fn end_agent(&mut self, disconnect_type: &'static str) {
        let Some((agent, now)) = self.finish(Purpose::Agent, disconnect_type) else {
            return;
        };
        let connected = agent.connected_ms;
        // An answered session always has interacting time, however fast the script is.
        let interacting = connected.map_or(0, |from| (now - from).max(1));
        let extra = json!({
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
        let connected = |it: &&mut Participant| it.purpose == Purpose::Agent && it.connected_ms.is_some();
        let Some(agent) = self.case.own.participants.all.iter_mut().rev().find(connected) else {
            return;
        };
        agent.wrapped_up_ms = Some(now);
        let agent = agent.clone();
        let extra = json!({
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
        self.end_acd("ABANDON", agent);
        self.end_agent(agent);
        let Some((participant, now)) = self.finish(Purpose::Customer, customer) else {
            return;
        };
        let interacting = (now - participant.started_ms).max(0);
        let extra = json!({ "disconnectType": customer, "interactingDurationMs": interacting });
        self.emit("customer.end", &participant, now, extra);
    }

    fn text(&mut self, author: Author, text: String) {
        let body = json!({ "type": "Text", "text": text, "content": [] });
        let (message_id, at_ms) = self.post("webhook.text", body);
        self.show(author, message_id, text, None, at_ms);
    }

    fn file(&mut self, file: Attachment, text: String) {
        let media = match file.mime.split('/').next() {
            Some("image") => "Image",
            Some("video") => "Video",
            Some("audio") => "Audio",
            Some(_) | None => "File",
        };
        let content = json!([{ "contentType": "Attachment", "attachment": {
            "id": self.desk.uuid(), "mediaType": media,
            "url": file.url, "mime": file.mime, "filename": file.filename,
        }}]);
        let caption = Some(&text).filter(|it| !it.is_empty());
        let body = with(json!({ "type": "Text", "content": content }), json!({ "text": caption }));
        let (message_id, at_ms) = self.post("webhook.attachment", body);
        self.show(Author::Representative, message_id, text, Some(file), at_ms);
    }

    fn typing(&mut self, switch: &str) {
        let event = json!({ "eventType": "Typing", "typing": { "type": switch, "duration": 5000 } });
        self.post("webhook.typing", json!({ "type": "Event", "events": [event] }));
    }

    /// Sends a webhook with the common envelope around `body`; answers its id and time.
    fn post(&mut self, kind: &str, body: Value) -> (String, i64) {
        let message_id = self.id_or(|| self.desk.uuid());
        let at_ms = self.moment();
        let envelope = envelope(&self.desk.config, &self.case.contact, &self.case.id, &message_id, at_ms);
        self.case.own.webhooks.push(self.callback(kind, with(envelope, body)));
        (message_id, at_ms)
    }
}

/// What all webhooks share.
pub(super) fn envelope(config: &GenesysConfig, contact: &str, conversation: &str, id: &str, at_ms: i64) -> Value {
    json!({
        "id": id,
        "channel": {
            "id": config.integration_id, "platform": "Open", "type": "Private", "messageId": id,
            "to": { "id": contact },
            "from": { "nickname": config.integration_name, "id": config.integration_id, "idType": "Opaque" },
            "time": rfc3339(at_ms),
        },
        "direction": "Outbound",
        "conversationId": conversation,
    })
}

fn flow_fields() -> Value {
    json!({ "flowId": "f1000000-0000-4000-8000-000000000001", "flowType": "INBOUNDMESSAGE" })
}

/// The topic template of a callback kind such as `lifecycle.acd.end`.
pub(super) fn detail_type(kind: &str) -> String {
    format!("{TEMPLATE}{}", kind.strip_prefix(LIFECYCLE).unwrap_or(kind))
}

/// `eventBody.eventTime` of a detail.
pub(super) fn event_time(detail: &Value) -> i64 {
    detail.pointer("/eventBody/eventTime").and_then(Value::as_i64).unwrap_or_default()
}

/// The complete `detail` of an event.
pub(super) fn lifecycle(topic: &str, conversation: &str, body: &Value, correlation: &str) -> Value {
    let at_ms = body.get("eventTime").and_then(Value::as_i64).unwrap_or_default();
    json!({
        "topicName": format!("{}{topic}", TEMPLATE.replace("{id}", conversation)),
        "version": "2",
        "eventBody": body,
        "metadata": { "CorrelationId": correlation },
        "timestamp": rfc3339(at_ms),
    })
}
