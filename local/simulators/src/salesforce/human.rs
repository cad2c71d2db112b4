//! What acts look like on the wire: entries of the conversation and changes of its session.

use serde_json::Value;

use crate::engine::{Act, Attachment, Author, EndedBy, Phase, Scene};

use super::{
    Salesforce,
    book::{Product, Status, record_id},
    chat::config::Stream,
    config::ServiceEvents,
    entry::{self, Entry, Kind, Sender},
    package::{self, Change, Notice, role},
};

/// Place of a conversation that enters the queue.
const LAST_PLACE: u32 = 3;

impl Scene<'_, Salesforce> {
    pub(super) fn play(&mut self, act: Act) {
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
            Act::NoAgents => self.tell_routing(true),
            Act::End(by) => self.end(by),
        }
    }

    fn person(&self) -> Sender {
        Sender::representative(self.who())
    }

    /// The given id for the first event of the act, a made-up one for each further one.
    fn identity(&mut self) -> String {
        self.stamp.id.take().unwrap_or_else(|| self.desk.uuid())
    }

    /// Whether the platform gets to see entries of this kind, by an event, by the stream or by reading.
    fn is_shown(&self, kind: Kind) -> bool {
        let config = &self.desk.config;
        match (&self.case.own.product, kind) {
            (_, Kind::Message | Kind::ParticipantChanged) => true,
            (Product::Byoc, Kind::TypingStarted | Kind::TypingStopped) => config.typing_events,
            (Product::Byoc, _) => config.service_events == ServiceEvents::All,
            (Product::Chat(_), kind) => {
                kind.facts().is_readable || (config.chat.stream == Stream::Relayed && kind.facts().frame.is_some())
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
        let config = &self.desk.config;
        let body = match &self.case.own.product {
            Product::Chat(_) => (config.chat.stream == Stream::Relayed).then(|| entry::frame(&self.case.id, &entry)),
            Product::Byoc => {
                let (channel, contact) = (&config.channel_address_identifier, &self.case.contact);
                Some(entry::event_payload(&self.case.id, channel, contact, &entry, config.payload_shape))
            }
        };
        if let Some(body) = body {
            self.case.own.events.push(self.callback(entry.kind.facts().callback, body).identified(&entry.id));
        }
        if let Product::Chat(chat) = &mut self.case.own.product
            && entry.kind.facts().is_readable
        {
            chat.entries.push(entry);
        }
    }

    /// Moves the session's status and lets the org and the package say so.
    fn change(&mut self, next: Status, changes: &[Change]) {
        let previous = std::mem::replace(&mut self.case.own.session.status, next);
        let at_ms = self.moment();
        let ended = changes.iter().find_map(|it| match it {
            Change::Closed(by, _) => Some((role(*by), at_ms)),
            Change::Queued | Change::Joined | Change::Left(_) => None,
        });
        let channel = &self.desk.config.channel_address_identifier;
        let fields = entry::status(&self.case.own.session, previous, &self.case.id, channel, ended);
        self.emit(Kind::SessionStatusChanged, Sender::system(), fields);
        let queue = &self.desk.config.queue;
        let notice = Notice { case: self.case, person: self.who(), queue, previous, at_ms };
        for change in changes {
            if let Some(body) = package::body(self.desk.config.package, &notice, change) {
                let callback = self.callback(change.callback(), body).identified(notice.id(change));
                self.case.own.package.push(callback);
            }
        }
    }

    fn queue(&mut self) {
        if self.case.phase == Phase::Queued {
            return self.advance();
        }
        self.begin_routing();
        self.tell_position();
        self.change(Status::Waiting, &[Change::Queued]);
    }

    /// It is routed once more, from the last place of the queue.
    fn begin_routing(&mut self) {
        let session = &mut self.case.own.session;
        session.routings += 1;
        session.position = LAST_PLACE;
        self.tell_routing(false);
    }

    fn tell_routing(&mut self, failed: bool) {
        let fields = entry::routing_result(&self.case.own.session, failed);
        self.emit(Kind::RoutingResult, Sender::router(), fields);
    }

    /// News about the place in the queue.
    fn advance(&mut self) {
        let session = &mut self.case.own.session;
        session.position = session.position.saturating_sub(1).max(1);
        self.tell_position();
    }

    fn tell_position(&mut self) {
        let fields = entry::position(&self.case.own.session);
        self.emit(Kind::QueuePosition, Sender::router(), fields);
    }

    fn work(&mut self, work_type: &str) {
        let desk = record_id(&self.desk.runtime.ids, "0Hz");
        let fields = entry::work(&self.case.own.session, work_type, &self.desk.config.queue.0, &desk);
        self.emit(Kind::RoutingWorkResult, Sender::router(), fields);
    }

    fn join(&mut self) {
        self.work("Accepted");
        self.attend("add");
        self.case.own.session.answered = true;
        self.change(Status::Active, &[Change::Joined]);
    }

    /// The representative comes (`add`) or goes (`remove`).
    fn attend(&mut self, operation: &str) {
        let fields = entry::participant(operation, &self.person());
        self.emit(Kind::ParticipantChanged, Sender::system(), fields);
    }

    fn transfer(&mut self) {
        self.work("Transferred");
        self.emit(Kind::TransferProgress, Sender::router(), Value::Null);
        let session = &mut self.case.own.session;
        session.routing_id = record_id(&self.desk.runtime.ids, "0JR");
        session.work_id = record_id(&self.desk.runtime.ids, "0Bz");
        self.begin_routing();
        self.attend("remove");
        self.change(Status::Waiting, &[Change::Left("transferred"), Change::Queued]);
        self.case.representative += 1;
    }

    fn leave(&mut self) {
        self.attend("remove");
        self.change(Status::Inactive, &[Change::Left("left")]);
    }

    fn end(&mut self, by: EndedBy) {
        if self.case.phase == Phase::Connected {
            self.attend("remove");
        }
        let unanswered = self.case.phase == Phase::Left && !self.case.own.session.answered;
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
        self.message(id, person, fields, Author::Representative, text, None);
    }

    fn flow_text(&mut self, text: String) {
        let id = self.identity();
        let fields = entry::text(&id, &text, Some("AutomatedResponse"));
        self.message(id, Sender::chatbot(), fields, Author::Flow, text, None);
    }

    fn send_file(&mut self, file: Attachment, text: String) {
        let id = self.identity();
        let file_id = record_id(&self.desk.runtime.ids, "069");
        let fields = entry::file(&id, &file, &text, &file_id);
        let person = self.person();
        self.message(id, person, fields, Author::Representative, text, Some(file));
    }

    fn message(
        &mut self,
        id: String,
        sender: Sender,
        fields: Value,
        author: Author,
        text: String,
        file: Option<Attachment>,
    ) {
        let at_ms = self.moment();
        self.publish(Entry { id: id.clone(), kind: Kind::Message, fields, sender, at_ms });
        self.show(author, id, text, file, at_ms);
    }
}
