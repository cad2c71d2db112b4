//! What acts look like on the wire.
//!
//! Offers, declined alerts, a representative who leaves while the conversation stays open, after-call work, surveys
//! and texts of a flow have no classic form; in Open Messaging the leaving may show as `REMOVE_PARTICIPANT`.

use crate::{
    act::{Act, ActError, Attachment, Phase, Stamp},
    options::Representative,
    state::{Author, Line},
};

use super::{
    Five9,
    book::{Book, Case},
    config::{AgentChange, Flavor},
    event::{Event, Frame, participant},
};

pub(super) fn perform(
    five9: &Five9,
    book: &mut Book,
    conversation: &str,
    act: Act,
    stamp: Stamp,
) -> Result<(), ActError> {
    let id = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
    let case = book.cases.get_mut(&id).ok_or(ActError::UnknownConversation)?;
    let next = case.phase.after(&act)?;
    let ended_by = act.ended_by();
    Scene { five9, id: &id, case, stamp }.play(act);
    case.phase = next;
    if next == Phase::Ended {
        case.cues = None;
    }
    five9.runtime.show(&id, next, case.representative, ended_by);
    Ok(())
}

fn representative<'a>(five9: &'a Five9, case: &Case) -> &'a Representative {
    five9.runtime.options.representative(case.representative)
}

/// One act under way.
struct Scene<'a> {
    five9: &'a Five9,
    id: &'a str,
    case: &'a mut Case,
    stamp: Stamp,
}

impl Scene<'_> {
    fn play(mut self, act: Act) {
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
        self.five9.config.flavor == Flavor::OpenMessaging
    }

    fn has_participant_events(&self) -> bool {
        self.is_open_messaging() && self.five9.config.participant_events
    }

    /// A given id is the `eventSerialNumber` of the first event of the act.
    fn next_serial(&mut self) -> u64 {
        let given = self.stamp.id.take().and_then(|it| it.parse().ok());
        let serial = given.unwrap_or(self.case.events.saturating_add(1));
        self.case.events = self.case.events.max(serial);
        serial
    }

    fn next_message(&mut self) -> u64 {
        self.case.messages = self.case.messages.saturating_add(1);
        self.case.messages
    }

    fn emit(&mut self, event: &Event) {
        self.emit_numbered(event);
    }

    /// Answers the event's serial number and time.
    fn emit_numbered(&mut self, event: &Event) -> (u64, i64) {
        let at_ms = self.stamp.at_ms.unwrap_or_else(|| self.five9.runtime.options.timer.stamp_ms());
        let serial = self.next_serial();
        let config = &self.five9.config;
        let frame = Frame {
            conversation: self.id,
            external_id: &self.case.external_id,
            who: representative(self.five9, self.case),
            name_field: config.name_field,
            serial,
            at_ms,
        };
        self.case.callbacks.push(frame.callback(config.flavor, event));
        (serial, at_ms)
    }

    /// Only the first entry into a queue has an event.
    fn queue(&mut self) {
        if !std::mem::replace(&mut self.case.announced, true) {
            self.emit(&Event::Create);
        }
    }

    fn join(&mut self) {
        let second = std::mem::take(&mut self.case.transferring);
        let announced = self.five9.config.agent_change == AgentChange::Announced;
        match (second, announced) {
            (true, false) => return,
            (true, true) if self.is_open_messaging() => self.emit(&Event::TransferToAgent),
            (true | false, true) | (false, false) => {
                let who = representative(self.five9, self.case);
                self.case.participant = Some(participant(who));
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
        self.show(event, text, Vec::new(), at_ms);
    }

    fn send_file(&mut self, file: Attachment, caption: String) {
        let serial = self.next_message();
        let (event, at_ms) = self.emit_numbered(&Event::File { file: file.clone(), serial });
        if !caption.is_empty() {
            let serial = self.next_message();
            self.emit(&Event::Message { text: caption.clone(), serial });
        }
        self.show(event, caption, vec![file], at_ms);
    }

    fn transfer(&mut self) {
        if self.has_participant_events() {
            self.emit(&Event::RemoveParticipant);
        }
        if self.is_open_messaging() && self.five9.config.agent_change == AgentChange::Announced {
            self.emit(&Event::TransferToGroup);
        }
        self.case.representative += 1;
        self.case.transferring = true;
    }

    fn leave(&mut self) {
        if self.has_participant_events() {
            self.emit(&Event::RemoveParticipant);
        }
    }

    fn show(&self, event: u64, text: String, attachments: Vec<Attachment>, at_ms: i64) {
        let line = Line { author: Author::Representative, message_id: event.to_string(), text, attachments, at_ms };
        self.five9.runtime.update_conversation(self.id, |it| it.transcript.push(line));
    }
}
