//! Reading one session, alone or with what hangs on it, and removing one whose time is over.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use serde_dynamo::Item;
use transfer_domain::{
    Conversation, Direction, Message, ProjectId, ProviderFacts, Session, SourceId, TransferId, TransferRequest,
};

use crate::call::{Condition, Written};
use crate::keys::{Key, RECORD, session_partition};
use crate::packed::take_packed;
use crate::rows::{conversation_of, facts_of, facts_with, message_of, number, owner, request_of, session_of, value};
use crate::{RowType, Store, StoreError, row_type};

/// All that is shown of a session.
#[derive(Debug, Clone, PartialEq)]
pub struct WholeSession {
    /// The session.
    pub session: Session,
    /// What its provider told.
    pub facts: ProviderFacts,
    /// What it was requested with, without the history.
    pub request: TransferRequest,
}

impl Store {
    /// The session, by a strongly consistent read; an expired one too, as long as its record stands: the caller
    /// tells 410 from 404.
    pub async fn session(&self, project: &ProjectId, transfer: TransferId) -> Result<Option<Session>, StoreError> {
        self.get(&Key::session(project, transfer)).await?.map(session_of).transpose()
    }

    /// What the provider of a session told; `None` if it is removed already.
    pub async fn facts_of(&self, session: &Session) -> Result<Option<ProviderFacts>, StoreError> {
        if session.facts_version == 0 {
            return Ok(Some(ProviderFacts::default()));
        }
        let facts = self.get(&Key::facts(&session.project_id, session.transfer_id())).await?;
        facts.map(|facts| facts_with(session, facts)).transpose()
    }

    /// A session that was just loaded, with what its provider told. Asks only if it told anything.
    pub(crate) async fn conversation_of(&self, session: Session) -> Result<Conversation, StoreError> {
        if session.facts_version == 0 {
            return Ok(Conversation::untold(session));
        }
        let facts = self.get(&Key::facts(&session.project_id, session.transfer_id())).await?;
        conversation_of(session, facts)
    }

    /// A session with one of its messages, by one strongly consistent read.
    pub async fn session_and_message(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        sequence: u64,
    ) -> Result<Option<(Session, Option<Message>)>, StoreError> {
        let keys = [Key::session(project, transfer), Key::message(project, transfer, sequence)];
        let (mut session, mut message) = (None, None);
        for row in self.batch_get(&keys).await? {
            match row_type(&row) {
                Some(RowType::Session) => session = Some(session_of(row)?),
                Some(RowType::Message) => message = Some(message_of(row)?),
                _ => return Err(StoreError::corrupt("type")),
            }
        }
        Ok(session.map(|session| (session, message)))
    }

    /// All that is shown of a session, by one read that may lag behind by a moment. What is not there by it, or is over
    /// by it at `now`, is looked at once more by one that does not: what was just created is there, and what was just
    /// extended lives.
    pub async fn whole_session(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        now: DateTime<Utc>,
    ) -> Result<Option<WholeSession>, StoreError> {
        let whole = self.read_whole(project, transfer, false).await?;
        match whole {
            Some(whole) if !whole.session.is_expired(now) => Ok(Some(whole)),
            Some(_) | None => self.read_whole(project, transfer, true).await,
        }
    }

    /// All that is shown of a session, by one strongly consistent read.
    pub async fn whole_session_as_it_stands(
        &self,
        project: &ProjectId,
        transfer: TransferId,
    ) -> Result<Option<WholeSession>, StoreError> {
        self.read_whole(project, transfer, true).await
    }

    async fn read_whole(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        consistent: bool,
    ) -> Result<Option<WholeSession>, StoreError> {
        let pk = session_partition(project, transfer);
        let (mut session, mut facts, mut request) = (None, None, None);
        let mut start = None;
        loop {
            let query = self.prefix_query(&pk, RECORD).consistent_read(consistent);
            let page = self.query(query.set_exclusive_start_key(start.take())).await?;
            for row in page.items.into_iter().flatten().map(Item::from) {
                match row_type(&row) {
                    Some(RowType::Session) => session = Some(session_of(row)?),
                    Some(RowType::Facts) => facts = Some(facts_of(row)?),
                    Some(RowType::Request) => request = Some(request_of(row)?),
                    _ => return Err(StoreError::corrupt("type")),
                }
            }
            start = page.last_evaluated_key;
            if start.is_none() {
                break;
            }
        }
        let Some(session) = session else { return Ok(None) };
        let request = match request {
            Some(request) => request,
            // By a read that lags behind, one row of a transaction may be there before the other.
            None if !consistent => return Ok(None),
            None => return Err(StoreError::corrupt(value::REQUEST)),
        };
        Ok(Some(WholeSession { session, facts: facts.unwrap_or_default(), request }))
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

    /// What a session was requested with, the history too; `None` if it is gone.
    pub async fn request(
        &self,
        project: &ProjectId,
        transfer: TransferId,
    ) -> Result<Option<TransferRequest>, StoreError> {
        let keys = [Key::request(project, transfer), Key::history(project, transfer)];
        let (mut request, mut history) = (None, Vec::new());
        for mut row in self.batch_get(&keys).await? {
            match row_type(&row) {
                Some(RowType::Request) => request = Some(request_of(row)?),
                Some(RowType::History) => history = take_packed(&mut row, value::HISTORY)?,
                _ => return Err(StoreError::corrupt("type")),
            }
        }
        Ok(request.map(|mut request| {
            request.briefing.history = history;
            request
        }))
    }

    /// What the agents said these different sessions are about: the summary, else the reason. Without those that said
    /// nothing and those that are gone, also if their rows are not removed yet.
    pub async fn summaries(
        &self,
        project: &ProjectId,
        transfers: &[TransferId],
        now: DateTime<Utc>,
    ) -> Result<BTreeMap<TransferId, String>, StoreError> {
        let of = |transfer: &TransferId| [Key::session(project, *transfer), Key::request(project, *transfer)];
        let keys: Vec<_> = transfers.iter().flat_map(of).collect();
        let (mut kept, mut said) = (BTreeSet::new(), BTreeMap::new());
        for mut row in self.batch_get_eventually(&keys).await? {
            match row_type(&row) {
                Some(RowType::Session) => {
                    let session = session_of(row)?.by_the_clock(now);
                    kept.extend((!session.is_forgotten(now)).then(|| session.transfer_id()));
                }
                Some(RowType::Request) => {
                    let (_, transfer) = owner(&mut row)?;
                    let request = request_of(row)?;
                    said.extend(request.summary.or(request.reason).map(|text| (transfer, text)));
                }
                _ => return Err(StoreError::corrupt("type")),
            }
        }
        said.retain(|transfer, _| kept.contains(transfer));
        Ok(said)
    }

    /// Whether a message of this identity was accepted for the session, in this direction.
    pub async fn accepted(
        &self,
        project: &ProjectId,
        transfer: TransferId,
        direction: Direction,
        message_id: &SourceId,
    ) -> Result<bool, StoreError> {
        Ok(self.get(&Key::seen(project, transfer, direction, message_id)).await?.is_some())
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
