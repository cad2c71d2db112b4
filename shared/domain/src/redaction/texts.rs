//! Which texts are looked at: of messages, of what the provider tells, of requests.

use super::{Flow, Redacted, Redactor, hold_back};
use crate::{
    Attachment, Choice, EventKind, IncomingMessage, MAX_CONTENT_BYTES, MAX_TEXT_BYTES, OutgoingMessage, Part,
    ProviderEvent, TransferRequest, WrapUp,
};

impl Redactor {
    /// Replaces what is found in the contact's message, which is [complete](OutgoingMessage::complete).
    pub fn message(&self, message: &mut OutgoingMessage) {
        if !self.looks_at(Flow::ToContactCentre) {
            return;
        }
        let mut redacted = Redacted::default();
        self.replace(&mut message.text, &mut redacted);
        self.attachments(&mut message.attachments, &mut redacted);
        self.parts(&mut message.content);
        if let Some(reply) = &mut message.reply {
            // What the contact centre itself offered is sent back as it is; its label was looked at when it came.
            let offered = reply.label.is_some();
            reply.label.iter_mut().for_each(|label| self.replace(label, &mut Redacted::default()));
            if !offered {
                self.replace(&mut reply.value, &mut Redacted::default());
            }
        }
        if message.text.len() > MAX_TEXT_BYTES {
            hold_back(&mut message.text, &mut redacted);
        }
        if is_too_much(&message.content) {
            // The text says it all.
            message.content.clear();
        }
        message.redacted.merge(&redacted);
    }

    /// Replaces what is found in what a provider tells. What it makes longer than is kept is cut by whoever keeps it.
    pub fn event(&self, event: &mut ProviderEvent) -> Redacted {
        let mut redacted = Redacted::default();
        if !self.looks_at(Flow::ToRuntime) {
            return redacted;
        }
        match &mut event.kind {
            EventKind::Message(message) => self.incoming(message, &mut redacted),
            EventKind::WrapUp(WrapUp { code: _, note, promised }) => {
                [note, promised].into_iter().flatten().for_each(|text| self.replace(text, &mut redacted));
            }
            EventKind::Accepted
            | EventKind::Queued { .. }
            | EventKind::RepresentativeJoined(_)
            | EventKind::Typing { .. }
            | EventKind::RepresentativeLeft { .. }
            | EventKind::Survey { .. }
            | EventKind::Ended { .. }
            | EventKind::Concluded { .. }
            | EventKind::Note { .. } => {}
        }
        redacted
    }

    fn incoming(&self, message: &mut IncomingMessage, redacted: &mut Redacted) {
        let mut found = Redacted::default();
        self.replace(&mut message.text, &mut found);
        self.attachments(&mut message.attachments, &mut found);
        self.parts(&mut message.content);
        message.redacted.merge(&found);
        redacted.merge(&found);
    }

    /// Replaces what is found in what a transfer is requested with: its reason, its summary and the conversation before.
    pub fn request(&self, request: &mut TransferRequest) -> Redacted {
        let mut redacted = Redacted::default();
        if !self.looks_at(Flow::ToContactCentre) {
            return redacted;
        }
        let told = request.reason.iter_mut().chain(&mut request.summary);
        let history = request.briefing.history.iter_mut().map(|turn| &mut turn.text);
        told.chain(history).for_each(|text| self.replace(text, &mut redacted));
        redacted
    }

    /// The names of files.
    fn attachments(&self, attachments: &mut [Attachment], redacted: &mut Redacted) {
        self.each(attachments.iter_mut().filter_map(|file| file.name.as_mut()), redacted);
    }

    fn each<'a>(&self, texts: impl IntoIterator<Item = &'a mut String>, redacted: &mut Redacted) {
        texts.into_iter().for_each(|text| self.replace(text, redacted));
    }

    /// Their words stand in the message's text, too, and are counted there.
    fn parts(&self, parts: &mut [Part]) {
        for part in parts {
            self.part(part, &mut Redacted::default());
        }
    }

    fn part(&self, part: &mut Part, redacted: &mut Redacted) {
        match part {
            Part::Text { text } | Part::Notice { text } => self.replace(text, redacted),
            Part::Link { url: _, title, description } => self.each(title.iter_mut().chain(description), redacted),
            Part::Image { alt: name, .. } | Part::File { name, .. } | Part::Location { name, .. } => {
                self.each(name, redacted);
            }
            Part::Card { title, text, image: _, url: _, fields, choices } => {
                self.each(title.iter_mut().chain(text), redacted);
                self.each(fields.iter_mut().flat_map(|field| [&mut field.label, &mut field.value]), redacted);
                self.choices(choices, redacted);
            }
            Part::Choices { text, choices } => {
                self.each(text, redacted);
                self.choices(choices, redacted);
            }
            Part::Form { title, fields } => {
                self.each(title, redacted);
                for field in fields {
                    self.replace(&mut field.label, redacted);
                    self.choices(&mut field.choices, redacted);
                }
            }
            Part::Table { title, headers, rows } => {
                self.each(title.iter_mut().chain(headers).chain(rows.iter_mut().flatten()), redacted);
            }
            Part::Citation { title, url: _, text } => self.each(title.iter_mut().chain(text), redacted),
        }
    }

    /// What is read on them; what they send back is the contact centre's own.
    fn choices(&self, choices: &mut [Choice], redacted: &mut Redacted) {
        self.each(choices.iter_mut().map(|choice| &mut choice.label), redacted);
    }
}

fn is_too_much(content: &[Part]) -> bool {
    !content.is_empty() && serde_json::to_vec(content).is_ok_and(|json| json.len() > MAX_CONTENT_BYTES)
}
