//! The further calls of an opening, at a provider that is asked more than once: the command comes again when their time
//! has come, and holds nothing of other sessions up meanwhile.

use std::time::Duration;

use transfer_domain::{Conversation, Session, Transition, begin_further_call, expect_further_call};
use transfer_providers::{CallError, Effect, FurtherCall};

use super::retry::backoff;
use super::{Deliver, Desk, Retry, Turn, Wrote};
use crate::ProviderOperation;

/// How often the command of an opening comes for its further calls.
const CALLS: u32 = 50;

impl Deliver {
    /// Makes the call that is due. The conversation stands already, so whatever becomes of it changes nothing else.
    pub(crate) async fn open_further(&self, turn: &Turn, session: &Conversation, desk: &Desk) -> Result<(), Retry> {
        let prepared = match self.prepare(session, desk).await? {
            Ok(prepared) => prepared,
            Err(error) => return given_up_or_again(turn, session, &error),
        };
        let begun = match self.write(session, begin_further_call).await? {
            Wrote::Done(begun) => *begun,
            Wrote::Nothing(_) | Wrote::Gone | Wrote::NameTaken => return Ok(()),
        };
        let (number, Transition { session, .. }) = begun;
        let session = self.conversation(session).await?;
        let call = desk.adapter.open_further(desk.connection(self), &session, &prepared.request, number);
        match self.called(&session, ProviderOperation::Open, call).await {
            Ok(next) => self.expect(turn, &session, next).await,
            Err(error) => {
                if error.effect() == Effect::None {
                    self.expect_again(&session, number).await?;
                }
                given_up_or_again(turn, &session, &error)
            }
        }
    }

    async fn expect(&self, turn: &Turn, session: &Session, next: Option<FurtherCall>) -> Result<(), Retry> {
        let Some(next) = next else { return Ok(()) };
        match self.expect_again(session, next.number).await? {
            Some(session) => come_again(turn, &session, Some(next)),
            None => Ok(()),
        }
    }

    async fn expect_again(&self, session: &Session, number: u8) -> Result<Option<Session>, Retry> {
        let expect = |session: &Session, now| expect_further_call(session, number, now);
        self.write(session, expect).await?.session()
    }
}

/// Lets the command come again after a call that surely had no effect.
fn given_up_or_again(turn: &Turn, session: &Session, error: &CallError) -> Result<(), Retry> {
    if error.effect() == Effect::None && turn.receives < CALLS {
        let pause = error.retry_after().unwrap_or_else(|| backoff(turn.receives, Duration::ZERO, 1.0));
        return Err(Retry::after(error.to_string(), pause));
    }
    tracing::info!(transfer.id = %session.transfer_id(), error = %error, "a human was not asked for again");
    Ok(())
}

/// Lets the command come again for what is to follow, unless it came often enough.
pub(crate) fn come_again(turn: &Turn, session: &Session, next: Option<FurtherCall>) -> Result<(), Retry> {
    match next {
        Some(next) if session.next_opening_call.is_some() && turn.receives < CALLS => {
            Err(Retry::after("the opening is to be followed by a further call", next.after))
        }
        Some(_) if turn.receives >= CALLS => {
            tracing::warn!(transfer.id = %session.transfer_id(), "a human is not asked for again: the command came often enough");
            Ok(())
        }
        Some(_) | None => Ok(()),
    }
}
