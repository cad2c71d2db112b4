//! Reading one session, and removing one whose time is over.

use chrono::{DateTime, Utc};
use transfer_domain::{Briefing, Direction, ProjectId, Session, SourceId, TransferId};

use crate::call::{Condition, Written};
use crate::keys::{Identity, Key};
use crate::rows::{number, session_of, take_value, value};
use crate::{Store, StoreError};

impl Store {
    /// The session, by a strongly consistent read; an expired one too, as long as its record stands: the caller
    /// tells 410 from 404.
    pub async fn session(&self, project: &ProjectId, transfer: TransferId) -> Result<Option<Session>, StoreError> {
        self.get(&Key::session(project, transfer)).await?.map(session_of).transpose()
    }

    /// Whether a session is there, not ended and not expired.
    pub async fn lives(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let session = self.session(project, transfer).await?;
        Ok(session.is_some_and(|session| !session.is_ended() && !session.is_expired(now)))
    }

    /// What the representative is told at the opening.
    pub async fn briefing(&self, project: &ProjectId, transfer: TransferId) -> Result<Option<Briefing>, StoreError> {
        let row = self.get(&Key::briefing(project, transfer)).await?;
        row.map(|mut row| take_value(&mut row, value::BRIEFING)).transpose()
    }

    /// Whether a message of this identity was accepted for the session, in this direction.
    pub async fn accepted(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        direction: Direction,
        message_id: &SourceId,
    ) -> Result<bool, StoreError> {
        let identity = Identity::Message(direction, message_id.clone());
        Ok(self.get(&Key::seen(project, transfer, &identity)).await?.is_some())
    }

    /// Removes the record of a session whose `expires_at` has come; `false` if it has not, or if there is none.
    pub async fn expire(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let over = Condition::new("#expiresAt <= :now", [(":now", number(now.timestamp()))]);
        match self.delete_if(&Key::session(project, transfer), &over).await? {
            Written::Done => Ok(true),
            Written::Refused(_) => Ok(false),
        }
    }
}
