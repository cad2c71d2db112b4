//! One act of the contact centre under way.

use crate::{
    act::{Attachment, Stamp},
    book::Case,
    centre::Centre,
    desk::Desk,
    lane::Callback,
    options::Representative,
    state::{Author, Line},
};

/// An act under way in a conversation: what a contact centre tells the platform of it, it tells from here.
pub struct Scene<'a, C: Centre> {
    pub(crate) desk: &'a Desk<C>,
    pub(crate) case: &'a mut Case<C>,
    pub(crate) stamp: Stamp,
}

impl<C: Centre> Scene<'_, C> {
    /// The given time, for all that the act causes.
    pub(crate) fn time(&self) -> i64 {
        self.stamp.at_ms.unwrap_or_else(|| self.desk.stamp_ms())
    }

    /// The given time for the first event of the act, a millisecond more for each further one.
    pub(crate) fn moment(&mut self) -> i64 {
        let now = self.time();
        self.stamp.at_ms = self.stamp.at_ms.map(|_| now + 1);
        now
    }

    /// The given id, or a made-up one.
    pub(crate) fn id_or(&self, make: impl FnOnce() -> String) -> String {
        self.stamp.id.clone().unwrap_or_else(make)
    }

    /// Whose turn it is.
    pub(crate) fn who(&self) -> &Representative {
        self.desk.runtime.options.representative(self.case.representative)
    }

    /// A callback about the conversation.
    pub(crate) fn callback(&self, kind: impl Into<String>, body: serde_json::Value) -> Callback {
        Callback::new(kind, &self.case.id, body)
    }

    /// Shows a message of the contact centre on the desktop.
    pub(crate) fn show(
        &self,
        author: Author,
        message_id: String,
        text: String,
        file: impl IntoIterator<Item = Attachment>,
        at_ms: i64,
    ) {
        let line = Line { author, message_id, text, attachments: file.into_iter().collect(), at_ms };
        self.desk.runtime.update_conversation(&self.case.id, |it| it.transcript.push(line));
    }
}
