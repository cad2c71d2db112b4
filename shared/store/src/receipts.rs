//! Receipts of the contact for messages of the contact centre.

use chrono::{DateTime, Utc};
use transfer_domain::{
    Direction, EndReason, Message, ProjectId, ReceiptState, Session, SourceId, TransferId, record_receipts,
};

use crate::keys::Key;
use crate::retry::Backoff;
use crate::rows::{message_of, session_of, take_value, value};
use crate::{Commit, RowType, Store, StoreError, row_type};

/// What became of receipts.
#[derive(Debug, Clone, PartialEq)]
pub enum Receipted {
    /// They are recorded, now or before; this is the session as it stands.
    Recorded(Box<Session>),
    /// The session has no inbound messages of these ids; nothing was written.
    Unknown(Vec<SourceId>),
    /// The session's time is over.
    Expired,
}

impl Store {
    /// Records on inbound messages of a session, which was just loaded, how far they came at the contact.
    pub async fn record_receipts(
        &self,
        mut session: Session,
        ids: &[SourceId],
        state: ReceiptState,
        now: DateTime<Utc>,
    ) -> Result<Receipted, StoreError> {
        let mut backoff = Backoff::of_decisions();
        loop {
            if session.is_expired(now) || session.end().is_some_and(|end| end.reason == EndReason::Expired) {
                return Ok(Receipted::Expired);
            }
            // After the session: what changes a message changes the session, so the commit notices.
            let messages = self.inbound_messages(&session, ids).await?;
            let unknown = |id: &&SourceId| messages.iter().all(|message| message.message_id != **id);
            let unknown: Vec<SourceId> = ids.iter().filter(unknown).cloned().collect();
            if !unknown.is_empty() {
                return Ok(Receipted::Unknown(unknown));
            }
            let Some(transition) = record_receipts(&session, &messages, state, now) else {
                return Ok(Receipted::Recorded(Box::new(session)));
            };
            match self.commit(&transition, now).await? {
                Commit::Committed => return Ok(Receipted::Recorded(Box::new(transition.session))),
                Commit::Gone => return Ok(Receipted::Expired),
                Commit::Conflict | Commit::Seen { .. } | Commit::LinkTaken => {}
            }
            if !backoff.pause(&*self.ids).await {
                return Err(StoreError::unavailable());
            }
            let newer = self.session(&session.project_id, session.transfer_id()).await?;
            let Some(newer) = newer else { return Ok(Receipted::Expired) };
            session = newer;
        }
    }

    /// A session, with its inbound message of this id if there is one: by one read more than the session alone costs.
    pub async fn session_and_inbound(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        id: &SourceId,
    ) -> Result<Option<(Session, Option<Message>)>, StoreError> {
        let seen = Key::seen(project, transfer, Direction::Inbound, id);
        let (mut session, mut place) = (None, None);
        for mut row in self.batch_get(&[Key::session(project, transfer), seen]).await? {
            match row_type(&row) {
                Some(RowType::Session) => session = Some(session_of(row)?),
                Some(RowType::Seen) => place = Some(take_value(&mut row, value::SEQUENCE)?),
                _ => return Err(StoreError::corrupt("type")),
            }
        }
        let Some(session) = session else { return Ok(None) };
        let message = match place {
            Some(sequence) => {
                self.get(&Key::message(project, transfer, sequence)).await?.map(message_of).transpose()?
            }
            None => None,
        };
        Ok(Some((session, message)))
    }

    /// The inbound messages of these different ids that exist, in no order.
    async fn inbound_messages(&self, session: &Session, ids: &[SourceId]) -> Result<Vec<Message>, StoreError> {
        let (project, transfer) = (&session.project_id, session.transfer_id());
        let way = Direction::Inbound;
        let seen = |id: &SourceId| Key::seen(project, transfer, way, id);
        let keys: Vec<Key> = ids.iter().map(seen).collect();
        let mut places = Vec::new();
        for mut row in self.batch_get(&keys).await? {
            let sequence: u64 = take_value(&mut row, value::SEQUENCE)?;
            places.push(Key::message(project, transfer, sequence));
        }
        let rows = self.batch_get(&places).await?;
        rows.into_iter().map(message_of).collect()
    }
}
