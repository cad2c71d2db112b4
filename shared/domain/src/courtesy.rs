//! What the contact's side tells beside messages: that the contact types, and that messages reached or were read by
//! the contact. Courtesies move no expiry, wait for nobody and end nothing.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::request::require_open;
use crate::{Change, Closed, Message, MessageWrite, Opening, ReceiptState, Session, SourceId, Transition};

/// How long after it was told that the contact types it is not told again. Contact centres show it for about five
/// seconds (Genesys: `duration` 5000), so a repetition just before that keeps the indicator lit, and a sooner one is a
/// write and a call for nothing.
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

/// The contact types, or stopped. `None` if there is nothing to tell: it was told a moment ago, or there is no
/// conversation yet that could be told.
pub fn tell_typing(session: &Session, on: bool, now: DateTime<Utc>) -> Result<Option<Transition>, Closed> {
    require_open(session, now)?;
    let told = match session.contact_typing_since {
        Some(since) if on => now - since < TYPING_RENEWED_AFTER,
        Some(_) => false,
        None => !on,
    };
    if told || session.opening != Opening::Opened {
        return Ok(None);
    }
    let mut transition = Transition::of(session);
    transition.session.contact_typing_since = on.then_some(now);
    transition.change(now, Change::ContactTyping { on });
    Ok(Some(transition.finish(now)))
}

/// Whether what a command says about typing still holds: nothing newer was told, and it is not too late.
pub fn typing_holds(session: &Session, on: bool, told_at: DateTime<Utc>, now: DateTime<Utc>) -> bool {
    let newest = session.contact_typing_since == on.then_some(told_at);
    newest && now - told_at < TYPING_LASTS && !session.is_ended() && session.opening == Opening::Opened
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
