//! What acts look like on the wire: entries of the conversation and changes of its session.

use serde_json::Value;

use crate::{
    act::{Act, ActError, Attachment, EndedBy, Phase, Stamp},
    lane::Callback,
    options::Representative,
    state::{Author, Line},
};

use super::{
    Salesforce,
    book::{Book, Case, Product, Status, record_id},
    chat::config::Stream,
    config::{SalesforceConfig, ServiceEvents},
    entry::{self, Entry, Kind, Sender},
    package::{self, Change, Notice, role},
};

/// Place of a conversation that enters the queue.
const LAST_PLACE: u32 = 3;

pub(super) fn perform(
    org: &Salesforce,
    book: &mut Book,
    conversation: &str,
    act: Act,
    stamp: Stamp,
) -> Result<(), ActError> {
    let id = book.resolve(conversation).ok_or(ActError::UnknownConversation)?;
    let case = book.cases.get_mut(&id).ok_or(ActError::UnknownConversation)?;
    let next = case.phase.after(&act)?;
    let ended_by = act.ended_by();
    Scene { org, id: &id, case, stamp }.play(act);
    case.phase = next;
    if next == Phase::Ended {
        case.cues = None;
    }
    org.runtime.show(&id, next, case.representative, ended_by);
    Ok(())
}

fn representative<'a>(org: &'a Salesforce, case: &Case) -> &'a Representative {
    org.runtime.options.representative(case.representative)
}

/// One act under way.
struct Scene<'a> {
    org: &'a Salesforce,
    id: &'a str,
    case: &'a mut Case,
    stamp: Stamp,
}

impl Scene<'_> {
    fn play(mut self, act: Act) {
        match act {
            // The 202 has said it.
            Act::Accept => {}
            Act::Queue => self.queue(),
            Act::Offer => self.work("Assigned"),
            Act::Decline => self.work("Declined"),
            Act::Join => self.join(),
            Act::Say(text) => self.say(text),
            Act::SendFile(file, text) => self.send_file(file, text),
            Act::StartTyping => self.typing(Kind::TypingStarted),
            Act::StopTyping => self.typing(Kind::TypingStopped),
            Act::Transfer => self.transfer(),
            Act::Leave => self.leave(),
            Act::WrapUp => self.work("Closed"),
            Act::Survey(text) | Act::FlowText(text) => self.flow_text(text),
            Act::NoAgents => self.no_agents(),
            Act::End(by) => self.end(by),
        }
    }

    fn config(&self) -> &SalesforceConfig {
        &self.org.outside.config
    }

    fn person(&self) -> Sender {
        Sender::representative(representative(self.org, self.case))
    }

    /// The given time for the first event of the act, a millisecond more for each further one.
    fn moment(&mut self) -> i64 {
        match self.stamp.at_ms.as_mut() {
            Some(at_ms) => {
                let now = *at_ms;
                *at_ms += 1;
                now
            }
            None => self.org.runtime.options.timer.stamp_ms(),
        }
    }

    /// The given id for the first event of the act, a made-up one for each further one.
    fn identity(&mut self) -> String {
        self.stamp.id.take().unwrap_or_else(|| self.org.runtime.ids.uuid())
    }

    /// Whether the platform gets to see entries of this kind, by an event, by the stream or by reading.
    fn is_shown(&self, kind: Kind) -> bool {
        let config = self.config();
        match (&self.case.product, kind) {
            (Product::Byoc | Product::Chat(_), Kind::Message | Kind::ParticipantChanged) => true,
            (Product::Byoc, Kind::TypingStarted | Kind::TypingStopped) => config.typing_events,
            (
                Product::Byoc,
                Kind::RoutingResult
                | Kind::RoutingWorkResult
                | Kind::QueuePosition
                | Kind::TransferProgress
                | Kind::SessionStatusChanged,
            ) => config.service_events == ServiceEvents::All,
            (Product::Chat(_), kind) => {
                kind.is_readable() || (config.chat.stream == Stream::Relayed && kind.frame().is_some())
            }
        }
    }

    fn emit(&mut self, kind: Kind, sender: Sender, fields: Value) {
        if !self.is_shown(kind) {
            return;
        }
        let entry = Entry { id: self.identity(), kind, fields, sender, at_ms: self.moment() };
        self.publish(entry);
    }

    fn publish(&mut self, entry: Entry) {
        let config = &self.org.outside.config;
        match &mut self.case.product {
            Product::Chat(chat) => {
                if config.chat.stream == Stream::Relayed {
                    let kind = entry.kind.callback().to_owned();
                    let body = entry::frame(self.id, &entry);
                    self.case.events.push(Callback { id: String::new(), kind, conversation: self.id.to_owned(), body });
                }
                if entry.kind.is_readable() {
                    chat.entries.push(entry);
                }
            }
            Product::Byoc => {
                let channel = &config.channel_address_identifier;
                let body = entry::event_payload(self.id, channel, &self.case.contact, &entry, config.payload_shape);
                let kind = entry.kind.callback().to_owned();
                self.case.events.push(Callback { id: String::new(), kind, conversation: self.id.to_owned(), body });
            }
        }
    }

    /// Moves the session's status and lets the org and the package say so.
    fn change(&mut self, next: Status, changes: &[Change]) {
        let previous = std::mem::replace(&mut self.case.session.status, next);
        let at_ms = self.moment();
        let ended = changes.iter().find_map(|it| match it {
            Change::Closed(by, _) => Some((role(*by), at_ms)),
            Change::Queued | Change::Joined | Change::Left(_) => None,
        });
        let channel = self.config().channel_address_identifier.clone();
        let fields = entry::status(&self.case.session, previous, self.id, &channel, ended);
        self.emit(Kind::SessionStatusChanged, Sender::system(), fields);
        let notice = Notice {
            conversation: self.id,
            case: self.case,
            person: representative(self.org, self.case),
            queue: &self.config().queue,
            previous,
            at_ms,
        };
        for change in changes {
            if let Some(body) = package::body(self.config().package, &notice, change) {
                let kind = change.callback();
                self.case.package.push(Callback { id: String::new(), kind, conversation: self.id.to_owned(), body });
            }
        }
    }

    fn queue(&mut self) {
        if self.case.phase == Phase::Queued {
            return self.advance();
        }
        let session = &mut self.case.session;
        session.routings += 1;
        session.position = LAST_PLACE;
        let fields = entry::routing_result(session, false);
        self.emit(Kind::RoutingResult, Sender::router(), fields);
        self.tell_position();
        self.change(Status::Waiting, &[Change::Queued]);
    }

    /// News about the place in the queue.
    fn advance(&mut self) {
        let session = &mut self.case.session;
        session.position = session.position.saturating_sub(1).max(1);
        self.tell_position();
    }

    fn tell_position(&mut self) {
        let fields = entry::position(&self.case.session);
        self.emit(Kind::QueuePosition, Sender::router(), fields);
    }

    fn work(&mut self, work_type: &str) {
        let desk = record_id(&self.org.runtime.ids, "0Hz");
        let fields = entry::work(&self.case.session, work_type, &self.config().queue.0, &desk);
        self.emit(Kind::RoutingWorkResult, Sender::router(), fields);
    }

    fn join(&mut self) {
        self.work("Accepted");
        let person = self.person();
        self.emit(Kind::ParticipantChanged, Sender::system(), entry::participant("add", &person));
        self.case.session.answered = true;
        self.change(Status::Active, &[Change::Joined]);
    }

    fn remove(&mut self) {
        let person = self.person();
        self.emit(Kind::ParticipantChanged, Sender::system(), entry::participant("remove", &person));
    }

    fn transfer(&mut self) {
        self.work("Transferred");
        self.emit(Kind::TransferProgress, Sender::router(), Value::Null);
        let session = &mut self.case.session;
        session.routings += 1;
        session.position = LAST_PLACE;
        session.routing_id = record_id(&self.org.runtime.ids, "0JR");
        session.work_id = record_id(&self.org.runtime.ids, "0Bz");
        let fields = entry::routing_result(session, false);
        self.emit(Kind::RoutingResult, Sender::router(), fields);
        self.remove();
        self.change(Status::Waiting, &[Change::Left("transferred"), Change::Queued]);
        self.case.representative += 1;
    }

    fn leave(&mut self) {
        self.remove();
        self.change(Status::Inactive, &[Change::Left("left")]);
    }

    fn no_agents(&mut self) {
        let fields = entry::routing_result(&self.case.session, true);
        self.emit(Kind::RoutingResult, Sender::router(), fields);
    }

    fn end(&mut self, by: EndedBy) {
        if self.case.phase == Phase::Connected {
            self.remove();
        }
        let unanswered = self.case.phase == Phase::Left && !self.case.session.answered;
        let reason = match by {
            EndedBy::Representative => "resolved",
            EndedBy::Contact => "other",
            EndedBy::Provider if unanswered => "no_agents",
            EndedBy::Provider => "timeout",
        };
        self.change(Status::Ended, &[Change::Closed(by, reason)]);
    }

    fn typing(&mut self, kind: Kind) {
        let at_ms = self.moment();
        let person = self.person();
        self.emit(kind, person, serde_json::json!({ "timestamp": at_ms }));
    }

    fn say(&mut self, text: String) {
        let id = self.identity();
        let fields = entry::text(&id, &text, None);
        let person = self.person();
        self.message(id, person, fields, Author::Representative, text, Vec::new());
    }

    fn flow_text(&mut self, text: String) {
        let id = self.identity();
        let fields = entry::text(&id, &text, Some("AutomatedResponse"));
        self.message(id, Sender::chatbot(), fields, Author::Flow, text, Vec::new());
    }

    fn send_file(&mut self, file: Attachment, text: String) {
        let id = self.identity();
        let file_id = record_id(&self.org.runtime.ids, "069");
        let fields = entry::file(&id, &file, &text, &file_id);
        let person = self.person();
        self.message(id, person, fields, Author::Representative, text, vec![file]);
    }

    fn message(
        &mut self,
        id: String,
        sender: Sender,
        fields: Value,
        author: Author,
        text: String,
        attachments: Vec<Attachment>,
    ) {
        let at_ms = self.moment();
        self.publish(Entry { id: id.clone(), kind: Kind::Message, fields, sender, at_ms });
        let line = Line { author, message_id: id, text, attachments, at_ms };
        self.org.runtime.update_conversation(self.id, |it| it.transcript.push(line));
    }
}
