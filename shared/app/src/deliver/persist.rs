//! Patience with a contact centre: what is tried again, until when, and what of it is recorded and told.

use std::time::Duration;

use chrono::TimeDelta;
use transfer_domain::{Held, InVain, Session, in_vain, no_longer_held};
use transfer_providers::CallError;

use super::retry::backoff;
use super::{Deliver, Desk, Retry};

/// What is said of what is not tried because the calls of others are in vain.
const OTHERS_IN_VAIN: &str = "not tried: the contact centre does not answer other calls of the integration";

/// What becomes of something that was tried in vain.
#[derive(Debug)]
pub(crate) enum Persisted {
    /// It is tried again.
    Again(Retry),
    /// The project's patience is over; why the last try was in vain.
    GivenUp { why: String },
}

impl Deliver {
    /// After a call that surely had no effect, or may be repeated: records it, and says when it is tried again, if the
    /// project's patience lasts. A pause that the contact centre asked for is kept, however long it is.
    pub(crate) async fn again(&self, session: &Session, what: Held, error: &CallError) -> Result<Persisted, Retry> {
        if let CallError::NotYet { after } = error {
            return Ok(Persisted::Again(Retry::after(error.to_string(), *after)));
        }
        let (patience, waited) = self.patience(session, what).await?;
        if waited >= patience && (session.tries_of(what) > 0 || patience.is_zero()) {
            return Ok(Persisted::GivenUp { why: error.to_string() });
        }
        let pause = match error.retry_after() {
            Some(asked) => asked,
            None => backoff(session.tries_of(what) + 1, waited, self.service.ids.fraction())
                .min(patience.saturating_sub(waited)),
        };
        self.record_in_vain(session, InVain { what, why: &error.to_string(), again_in: pause }).await?;
        Ok(Persisted::Again(Retry::tried(error.to_string(), pause, waited)))
    }

    /// Before anything else: whether the pause after the last try in vain is over.
    pub(crate) fn is_due(&self, session: &Session, what: Held) -> Result<(), Retry> {
        let Some(left) = session.pause_of(what, self.now()) else { return Ok(()) };
        let waited = session.held_for(what, self.now()).to_std().unwrap_or_default();
        Err(Retry::paused("its time has not come", left, waited))
    }

    /// Before a call: whether it may be made now. While the contact centre does not answer, one call of all sessions is
    /// tried at a time; the patience of the others runs meanwhile. What somebody asks for is tried.
    pub(crate) async fn admitted(
        &self,
        session: &Session,
        desk: &Desk,
        what: Held,
    ) -> Result<Option<Persisted>, Retry> {
        if session.is_asked_for(what) {
            return Ok(None);
        }
        let Err(wait) = self.circuits.admit(&desk.integration.integration_id, self.now()) else { return Ok(None) };
        let (patience, waited) = self.patience(session, what).await?;
        if let Some(why) = session.last_in_vain(what).filter(|_| waited >= patience) {
            return Ok(Some(Persisted::GivenUp { why: why.to_owned() }));
        }
        // Not all at once when it answers again.
        let wait = wait + Duration::from_secs(2).mul_f64(self.service.ids.fraction());
        if session.tries_of(what) == 0 {
            self.record_in_vain(session, InVain { what, why: OTHERS_IN_VAIN, again_in: wait }).await?;
        }
        Ok(Some(Persisted::Again(Retry::tried(OTHERS_IN_VAIN, wait, waited))))
    }

    /// Records that what had been held went well, or waits no more.
    pub(crate) async fn release(&self, session: &Session, what: Held) -> Result<(), Retry> {
        if session.tries_of(what) == 0 {
            return Ok(());
        }
        self.write(session, |session: &Session, now| no_longer_held(session, what, now)).await?.session().map(drop)
    }

    async fn record_in_vain(&self, session: &Session, tried: InVain<'_>) -> Result<(), Retry> {
        self.write(session, |session: &Session, now| in_vain(session, tried, now)).await?.session().map(drop)
    }

    /// How long the project waits for something, and how long it has.
    async fn patience(&self, session: &Session, what: Held) -> Result<(Duration, Duration), Retry> {
        let settings = self.service.directory.settings(&session.project_id).await?;
        let std = |time: TimeDelta| time.to_std().unwrap_or_default();
        Ok((std(settings.patience.with(what)), std(session.held_for(what, self.now()))))
    }
}
