//! What acts look like on the wire.
//!
//! Offers, declined alerts, a representative who leaves while the conversation stays open, after-call work, surveys
//! and texts of a flow have no classic form; in Open Messaging the leaving may show as `REMOVE_PARTICIPANT`.

use crate::engine::{Act, Attachment, Author, Scene};

use super::{
    Five9,
    config::{AgentChange, Flavor},
    event::{Event, Frame, participant},
};

impl Scene<'_, Five9> {
    pub(super) fn play(&mut self, act: Act) {
        match act {
            Act::Queue => self.queue(),
            Act::Join => self.join(),
            Act::Say(text) => self.say(text),
            Act::SendFile(file, text) => self.send_file(file, text),
            Act::StartTyping => self.emit(&Event::Typing),
            Act::Transfer => self.transfer(),
            Act::Leave => self.leave(),
            Act::End(_) => self.emit(&Event::Terminate),
            Act::Accept
            | Act::Offer
            | Act::Decline
            | Act::StopTyping
            | Act::WrapUp
            | Act::Survey(_)
            | Act::FlowText(_)
            | Act::NoAgents => {}
        }
    }

    fn is_open_messaging(&self) -> bool {
        self.desk.config.flavor == Flavor::OpenMessaging
    }

    fn has_participant_events(&self) -> bool {
        self.is_open_messaging() && self.desk.config.participant_events
    }

    /// A given id is the `eventSerialNumber` of the first event of the act.
    fn next_serial(&mut self) -> u64 {
        let given = self.stamp.id.take().and_then(|it| it.parse().ok());
        let serial = given.unwrap_or(self.case.own.events.saturating_add(1));
        self.case.own.events = self.case.own.events.max(serial);
        serial
    }

    fn next_message(&mut self) -> u64 {
        self.case.own.messages = self.case.own.messages.saturating_add(1);
        self.case.own.messages
    }

    fn emit(&mut self, event: &Event) {
        self.emit_numbered(event);
    }

    /// Answers the event's serial number and time.
    fn emit_numbered(&mut self, event: &Event) -> (u64, i64) {
        let at_ms = self.time();
        let serial = self.next_serial();
        let config = &self.desk.config;
        let frame = Frame {
            conversation: &self.case.id,
            external_id: &self.case.contact,
            who: self.who(),
            name_field: config.name_field,
            serial,
            at_ms,
        };
        self.case.own.callbacks.push(frame.callback(config.flavor, event));
        (serial, at_ms)
    }

    /// Only the first entry into a queue has an event.
    fn queue(&mut self) {
        if !std::mem::replace(&mut self.case.own.announced, true) {
            self.emit(&Event::Create);
        }
    }

    fn join(&mut self) {
        let second = std::mem::take(&mut self.case.own.transferring);
        let announced = self.desk.config.agent_change == AgentChange::Announced;
        match (second, announced) {
            (true, false) => return,
            (true, true) if self.is_open_messaging() => self.emit(&Event::TransferToAgent),
            (true | false, true) | (false, false) => {
                let who = self.who();
                self.case.own.participant = Some(participant(who));
                self.emit(&Event::Accept);
            }
        }
        if self.has_participant_events() {
            self.emit(&Event::AddParticipant);
        }
    }

    fn say(&mut self, text: String) {
        let serial = self.next_message();
        let (event, at_ms) = self.emit_numbered(&Event::Message { text: text.clone(), serial });
        self.show(Author::Representative, event.to_string(), text, None, at_ms);
    }

    fn send_file(&mut self, file: Attachment, caption: String) {
        let serial = self.next_message();
        let (event, at_ms) = self.emit_numbered(&Event::File { file: file.clone(), serial });
        if !caption.is_empty() {
            let serial = self.next_message();
            self.emit(&Event::Message { text: caption.clone(), serial });
        }
        self.show(Author::Representative, event.to_string(), caption, Some(file), at_ms);
    }

    fn transfer(&mut self) {
        if self.has_participant_events() {
            self.emit(&Event::RemoveParticipant);
        }
        if self.is_open_messaging() && self.desk.config.agent_change == AgentChange::Announced {
            self.emit(&Event::TransferToGroup);
        }
        self.case.representative += 1;
        self.case.own.transferring = true;
    }

    fn leave(&mut self) {
        if self.has_participant_events() {
            self.emit(&Event::RemoveParticipant);
        }
    }
}
