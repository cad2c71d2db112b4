//! Listing sessions.

use chrono::{DateTime, Utc};
use transfer_domain::{AgentName, Channel, ContactId, ProjectId, Provider, Session, Status};

use crate::cursor::list_cursors;
use crate::index::{Filter, Question};
use crate::keys::{Key, ListKind};
use crate::rows::session_of;
use crate::{ListError, Listed, Store};

/// The longest page.
const MAX_LIMIT: u8 = 100;

/// Which sessions to list; every given field must match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SessionFilter {
    /// Any of these; none given = all.
    pub statuses: Vec<Status>,
    /// The channel.
    pub channel: Option<Channel>,
    /// The provider.
    pub provider: Option<Provider>,
    /// The AI agent that handed off.
    pub agent: Option<AgentName>,
    /// The end user.
    pub contact_id: Option<ContactId>,
    /// The name of the queue that it is or was in.
    pub queue: Option<String>,
    /// Created at this moment or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Created before this moment.
    pub created_before: Option<DateTime<Utc>>,
}

pub(crate) fn bounded(limit: u8) -> u8 {
    limit.clamp(1, MAX_LIMIT)
}

impl Store {
    /// One page of a project's sessions, newest first, without expired ones.
    ///
    /// The position is the last id, so paging neither repeats nor skips a session because statuses change between
    /// pages. `limit` is held within 1 to 100.
    pub async fn list(
        &self,
        project: &ProjectId,
        filter: &SessionFilter,
        limit: u8,
        cursor: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Listed<Session>, ListError> {
        let question = filter.question(project);
        let found = self.candidates(&question, bounded(limit), cursor).await?;
        let keys: Vec<_> = found.ids.iter().map(|id| Key::session(project, *id)).collect();
        let rows = self.batch_get(&keys).await?;
        let mut items = rows.into_iter().map(session_of).collect::<Result<Vec<_>, _>>()?;
        // The index lags a little behind the records; what a page shows is decided by the records.
        items.retain(|session| !session.is_expired(now) && filter.matches(session));
        items.sort_by_key(|session| std::cmp::Reverse(session.transfer_id()));
        let after = list_cursors(&question.described(), items.iter().map(Session::transfer_id));
        Ok(Listed { items, next_cursor: found.next_cursor, after })
    }
}

impl SessionFilter {
    fn question(&self, project: &ProjectId) -> Question {
        let statuses = if self.statuses.is_empty() { Status::ALL } else { &self.statuses };
        let mut kinds = statuses.to_vec();
        kinds.sort_unstable();
        kinds.dedup();
        let mut filters = Vec::new();
        let mut filter = |name: Filter, value: Option<&str>| {
            filters.extend(value.map(|value| (name, value.to_owned())));
        };
        filter(Filter::Channel, self.channel.map(Channel::as_str));
        filter(Filter::Provider, self.provider.as_ref().map(Provider::as_str));
        filter(Filter::Agent, self.agent.as_ref().map(AgentName::as_str));
        filter(Filter::ContactId, self.contact_id.as_ref().map(ContactId::as_str));
        filter(Filter::QueueName, self.queue.as_deref());
        Question {
            project: project.clone(),
            kinds: kinds.into_iter().map(ListKind::Session).collect(),
            filters,
            created_after: self.created_after,
            created_before: self.created_before,
        }
    }

    fn matches(&self, session: &Session) -> bool {
        let queue = session.queue.as_ref().map(|queue| &queue.name);
        (self.statuses.is_empty() || self.statuses.contains(&session.status))
            && self.channel.is_none_or(|channel| channel == session.channel())
            && self.provider.is_none_or(|provider| provider == session.provider)
            && self.agent.as_ref().is_none_or(|agent| *agent == session.agent)
            && self.contact_id.as_ref().is_none_or(|contact| *contact == session.contact_id)
            && self.queue.as_ref().is_none_or(|name| Some(name) == queue)
    }
}
