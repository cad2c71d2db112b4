//! What acts look like on the wire.
//!
//! Offers, declined alerts, a representative who leaves while the conversation stays open, after-call work, surveys
//! and texts of a flow have no classic form; in Open Messaging the leaving may show as `REMOVE_PARTICIPANT`.

use crate::engine::{Act, Attachment, Author, Scene};

use super::{
    Five9,
    config::{AgentChange, Flavor},
    event::{Event, participant},
};

impl Scene<'_, Five9> {
    pub(super) fn play(&mut self, act: Act) {
        match act {
            Act::Queue => self.queue(),
            Act::Join => self.join(),
            Act::Say(text) => self.say(text),
            Act::SendFile(file, text) => self.send_file(file, text),
            Act::StartTyping => {
                self.emit(&Event::Typing);
            }
            Act::Transfer => self.transfer(),
            Act::Leave => self.tell_participant(&Event::RemoveParticipant),
            Act::End(_) => {
                self.emit(&Event::Terminate);
            }
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

    /// Tells that a participant comes or goes, where the tenant does.
    fn tell_participant(&mut self, event: &Event) {
        if self.is_open_messaging() && self.desk.config.participant_events {
            self.emit(event);
        }
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
        if second && !announced {
            return;
        }
        if second && self.is_open_messaging() {
            self.emit(&Event::TransferToAgent);
        } else {
            self.case.own.participant = Some(participant(self.who()));
            self.emit(&Event::Accept);
        }
        self.tell_participant(&Event::AddParticipant);
    }

    fn say(&mut self, text: String) {
        let (event, at_ms) = self.emit(&Event::Message(text.clone()));
        self.show(Author::Representative, event.to_string(), text, None, at_ms);
    }

    fn send_file(&mut self, file: Attachment, caption: String) {
        let (event, at_ms) = self.emit(&Event::File(file.clone()));
        if !caption.is_empty() {
            self.emit(&Event::Message(caption.clone()));
        }
        self.show(Author::Representative, event.to_string(), caption, Some(file), at_ms);
    }

    fn transfer(&mut self) {
        self.tell_participant(&Event::RemoveParticipant);
        if self.is_open_messaging() && self.desk.config.agent_change == AgentChange::Announced {
            self.emit(&Event::TransferToGroup);
        }
        self.case.representative += 1;
        self.case.own.transferring = true;
    }
}
