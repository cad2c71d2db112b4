//! What the contact's side tells beside messages: that the contact types, and that messages reached or were read by
//! the contact. Courtesies move no expiry, wait for nobody and end nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Action, Change, Closed, Command, Message, MessageWrite, Opening, ReceiptState, Session, SourceId, Transition,
};

/// For how long news about typing are one, so that a repetition is not told. Contact centres show it for about five
/// seconds (Genesys: `duration` 5000), so a repetition just before that keeps the indicator lit.
pub const TYPING_RENEWED_AFTER: TimeDelta = TimeDelta::seconds(4);

/// How old news about typing may become on its way: what comes later is no longer true.
pub const TYPING_LASTS: TimeDelta = TimeDelta::seconds(10);

/// What became of a message of the contact centre at the contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    /// How far it came.
    pub state: ReceiptState,
    /// When that was told.
    pub at: DateTime<Utc>,
}

/// The contact types, or stopped: what to tell the provider of it; `None` if there is no conversation yet that could be
/// told. It changes nothing, and need not be kept: what is lost of it is out of date a moment later.
pub fn tell_typing(session: &Session, on: bool, now: DateTime<Utc>) -> Result<Option<Command>, Closed> {
    session.require_open(now)?;
    let told = Typing { on, at: now, after_message: session.last_outbound };
    Ok((session.opening == Opening::Opened).then(|| Command::of(session, session.version, Action::Typing(told))))
}

/// That the contact types, or stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Typing {
    /// Whether typing goes on.
    pub on: bool,
    /// When it was told.
    pub at: DateTime<Utc>,
    /// The contact's newest message then: who sends has stopped typing, and contact centres know that themselves.
    pub after_message: u64,
}

impl Typing {
    /// Whether a provider that was told the last must be told this, too.
    pub fn is_news_after(&self, last: &Self) -> bool {
        self.on != last.on || self.after_message != last.after_message || self.at - last.at >= TYPING_RENEWED_AFTER
    }

    /// Whether it is still true and somebody is there to be told.
    pub fn holds(&self, session: &Session, now: DateTime<Utc>) -> bool {
        let open = !session.is_ended() && session.opening == Opening::Opened;
        open && session.last_outbound == self.after_message && now - self.at < TYPING_LASTS
    }
}

/// Records how far messages of the contact centre came. `None` if all of them were known to have come that far. A
/// receipt counts after the end, too: the last words are often read then.
pub fn record_receipts(
    session: &Session,
    messages: &[Message],
    state: ReceiptState,
    now: DateTime<Utc>,
) -> Option<Transition> {
    let is_news = |message: &&Message| message.receipt.is_none_or(|known| known.state < state);
    let news: Vec<&Message> = messages.iter().filter(is_news).collect();
    if news.is_empty() {
        return None;
    }
    let mut transition = Transition::of(session);
    let message_ids: Vec<SourceId> = news.iter().map(|message| message.message_id.clone()).collect();
    transition.change(now, Change::MessagesAcknowledged { message_ids, state });
    let receipt = Some(Receipt { state, at: now });
    transition
        .messages
        .extend(news.into_iter().map(|message| MessageWrite::Acknowledged(Message { receipt, ..message.clone() })));
    Some(transition.finish(now))
}
