//! Listing sessions.

use chrono::{DateTime, Utc};
use serde_dynamo::Item;
use transfer_domain::{
    AgentName, AnyName, CallId, Channel, ContactId, ConversationSessionId, HandBackState, ListShards, NamedSession,
    Outcome, Overview, Priority, ProjectId, Provider, ProviderSessionId, Queue, ReasonCode, Status, Tag, TransferId,
    Trigger,
};

use crate::columns::{beginning_of, take_handed_back, take_labels};
use crate::create::Had;
use crate::cursor::{Places, list_cursor, list_position};
use crate::document::{milliseconds, seconds, session_id};
use crate::index::{Candidates, Filter, Question};
use crate::keys::{Key, ListKind, attribute, contact_key};
use crate::rows::{Row, session_of, take_contact, take_optional, take_transfer, take_value};
use crate::{ListError, Listed, Store, StoreError};

/// The longest page.
const MAX_LIMIT: u8 = 100;

/// How many entries of an index a page looks at until it is answered without any: the answer tells how many it were.
const MAX_LOOKED_AT: u32 = 50_000;

/// As [`MAX_LOOKED_AT`], where the records are read besides.
pub(crate) const MAX_READ: u32 = 1_000;

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
    /// What became of it: only sessions that have ended.
    pub outcome: Option<Outcome>,
    /// Whether its hand-back is taken: only sessions that have ended.
    pub hand_back: Option<HandBackState>,
    /// What made the agent hand off.
    pub trigger: Option<Trigger>,
    /// Why, as the caller's code.
    pub reason_code: Option<ReasonCode>,
    /// One of its tags.
    pub tag: Option<Tag>,
    /// Created at this moment or later.
    pub created_after: Option<DateTime<Utc>>,
    /// Created before this moment.
    pub created_before: Option<DateTime<Utc>>,
    /// The session itself.
    pub transfer: Option<TransferId>,
    /// The AI agent's conversation.
    pub conversation: Option<ConversationSessionId>,
    /// What the provider calls its conversation.
    pub provider_session_id: Option<ProviderSessionId>,
    /// What a runtime, or SIP, calls its call.
    pub call: Option<CallId>,
    /// Any of the names above: of the session, the AI agent's conversation, the contact, or what a provider calls it. Not
    /// beside one of them.
    pub named: Option<AnyName>,
    /// Only those of which nobody knows whether the provider took them.
    pub unconfirmed: bool,
    /// Only those that somebody should look at: see [`transfer_domain::Session::is_stale`]. The records are read.
    pub stale: bool,
    /// Those whose record changed at this moment or later. The records are read.
    pub updated_after: Option<DateTime<Utc>>,
}

/// What is read for a list, and how.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// The most rows; held within 1 to 100.
    pub limit: u8,
    /// Where the page before ended.
    pub cursor: Option<&'a str>,
    /// Over how many shards the project spreads its sessions.
    pub shards: ListShards,
    /// The providers that a name of a provider's can be of.
    pub providers: &'a [Provider],
    /// Whether it must be known when each session expires, at the price of reading it.
    pub with_expiry: bool,
}

pub(crate) fn bounded(limit: u8) -> u8 {
    limit.clamp(1, MAX_LIMIT)
}

/// Sessions that were looked up rather than listed: all there are.
type Known = Vec<TransferId>;

impl Store {
    /// One page of a project's sessions, newest first, without expired ones.
    ///
    /// The position is the last id, so paging neither repeats nor skips a session because statuses change between
    /// pages. A page without any session is the last one, unless so many entries were looked at for it that the answer
    /// was given before one was found.
    pub async fn list(
        &self,
        project: &ProjectId,
        filter: &SessionFilter,
        listing: &Listing<'_>,
        now: DateTime<Utc>,
    ) -> Result<Listed<Overview>, ListError> {
        let question = filter.question(project, listing.shards);
        let described = question.described();
        let mut after = listing.cursor.map(|cursor| list_position(&described, cursor)).transpose()?;
        let known = self.looked_up(project, filter, listing.providers).await?;
        let mut looked_at = 0;
        loop {
            let found = match (&known, &filter.named) {
                (Some(known), Some(name)) => match ContactId::new(name.as_str()) {
                    Ok(contact) => self.of_contact(&question, &contact, known, bounded(listing.limit), after).await?,
                    Err(_) => page_of(known, bounded(listing.limit), after),
                },
                (Some(known), None) => page_of(known, bounded(listing.limit), after),
                (None, _) => self.round(&question, filter, bounded(listing.limit), after, now).await?,
            };
            looked_at += found.looked_at;
            after = found.after;
            let items = self.shown(project, found, filter, listing.with_expiry, now).await?;
            let most = if filter.asks_records() { MAX_READ } else { MAX_LOOKED_AT };
            if items.is_empty() && after.is_some() && looked_at < most {
                continue;
            }
            let next_cursor = after.map(|last| list_cursor(&described, last));
            let ids = items.iter().map(|item| item.session_id.transfer).collect();
            let places = Places { question: described, ids };
            return Ok(Listed { items, next_cursor, looked_at, places });
        }
    }

    async fn round(
        &self,
        question: &Question,
        filter: &SessionFilter,
        limit: u8,
        after: Option<TransferId>,
        now: DateTime<Utc>,
    ) -> Result<Candidates, ListError> {
        match &filter.contact_id {
            Some(contact) => self.of_contact(question, contact, &[], limit, after).await,
            None => self.candidates(question, limit, after, Some(now).filter(|_| filter.wants_overdue())).await,
        }
    }

    /// The sessions that the filter names one by one; `None` if it names none.
    async fn looked_up(
        &self,
        project: &ProjectId,
        filter: &SessionFilter,
        providers: &[Provider],
    ) -> Result<Option<Known>, StoreError> {
        let of = |provider: &&Provider| filter.provider.is_none_or(|wanted| wanted == **provider);
        let providers: Vec<_> = providers.iter().filter(of).copied().collect();
        if let Some(name) = &filter.named {
            return self.named(project, name, &providers).await.map(Some);
        }
        if let Some(name) = &filter.provider_session_id {
            return self.linked_to(project, name, &providers).await.map(Some);
        }
        if let Some(call) = &filter.call {
            return self.sessions_of_call(project, call).await.map(Some);
        }
        if let Some(transfer) = filter.transfer {
            return Ok(Some(vec![transfer]));
        }
        let Some(conversation) = &filter.conversation else { return Ok(None) };
        self.of_conversation(project, conversation).await.map(Some)
    }

    /// Those that have a name in some sense, but for a contact's.
    async fn named(&self, project: &ProjectId, name: &AnyName, providers: &[Provider]) -> Result<Known, StoreError> {
        let linked = async {
            match ProviderSessionId::new(name.as_str()) {
                Ok(name) => self.linked_to(project, &name, providers).await,
                Err(_) => Ok(Known::new()),
            }
        };
        let of_conversation = async {
            match ConversationSessionId::new(name.as_str()) {
                Ok(name) => self.of_conversation(project, &name).await,
                Err(_) => Ok(Known::new()),
            }
        };
        let of_call = async {
            match CallId::new(name.as_str()) {
                Ok(name) => self.sessions_of_call(project, &name).await,
                Err(_) => Ok(Known::new()),
            }
        };
        let (linked, of_conversation, of_call) = tokio::try_join!(linked, of_conversation, of_call)?;
        let own = name.as_str().parse::<NamedSession>().ok().map(|session| session.0);
        Ok(own.into_iter().chain(linked).chain(of_conversation).chain(of_call).collect())
    }

    async fn linked_to(
        &self,
        project: &ProjectId,
        name: &ProviderSessionId,
        providers: &[Provider],
    ) -> Result<Known, StoreError> {
        let keys: Vec<_> = providers.iter().map(|provider| Key::link(project, *provider, name)).collect();
        let rows = self.batch_get(&keys).await?;
        rows.into_iter().map(|mut row| take_transfer(&mut row)).collect()
    }

    async fn of_conversation(
        &self,
        project: &ProjectId,
        conversation: &ConversationSessionId,
    ) -> Result<Known, StoreError> {
        let Some(mut guard) = self.get(&Key::guard(project, conversation)).await? else { return Ok(Known::new()) };
        let Had { newest, earlier } = Had::of(&mut guard)?;
        Ok(std::iter::once(newest).chain(earlier).collect())
    }

    /// What is shown of the entries that were found. Those that may be over, and those of which the index does not say
    /// enough, are looked at themselves.
    async fn shown(
        &self,
        project: &ProjectId,
        found: Candidates,
        filter: &SessionFilter,
        with_expiry: bool,
        now: DateTime<Utc>,
    ) -> Result<Vec<Overview>, StoreError> {
        let mut shown = Vec::new();
        let mut unclear = Vec::new();
        for (id, entry) in found.entries {
            match overview_of(project, id, entry)? {
                Some((overview, due_at))
                    if !with_expiry && !filter.asks_records() && due_at.is_none_or(|due| due > now) =>
                {
                    shown.push(overview);
                }
                Some(_) | None => unclear.push(Key::session(project, id)),
            }
        }
        shown.extend(self.overviews_of(&unclear, now).await?);
        // The index lags a little behind the records; what a page shows matches all the same.
        shown.retain(|overview| filter.matches(overview));
        if !with_expiry {
            for overview in &mut shown {
                (overview.expires_at, overview.last_message_at, overview.updated_at) = (None, None, None);
                overview.held = false;
            }
        }
        shown.sort_by_key(|overview| std::cmp::Reverse(overview.session_id.transfer));
        Ok(shown)
    }

    /// What is shown of some sessions by their records, as they stand by the clock.
    pub(crate) async fn overviews_of(&self, keys: &[Key], now: DateTime<Utc>) -> Result<Vec<Overview>, StoreError> {
        let rows = self.batch_get_eventually(keys).await?.into_iter();
        let sessions = rows.map(|row| Ok::<_, StoreError>(session_of(row)?.by_the_clock(now)));
        let kept = sessions.filter(|session| session.as_ref().map_or(true, |session| !session.is_forgotten(now)));
        kept.map(|session| session.map(|session| Overview::of(&session, now))).collect()
    }
}

/// What an entry of the list index shows, and from when on the record itself must be looked at.
type Entry = (Overview, Option<DateTime<Utc>>);

/// What an entry says; `None` if it holds keys only.
fn overview_of(project: &ProjectId, transfer: TransferId, mut entry: Item) -> Result<Option<Entry>, StoreError> {
    let row = &mut entry;
    let Some(list_key) = take_optional::<String>(row, attribute::LIST_KEY)? else { return Ok(None) };
    let corrupt = StoreError::corrupt(attribute::LIST_KEY);
    let status = list_key.split('#').nth(2).and_then(|word| word.parse().ok()).ok_or(corrupt)?;
    let due_at = seconds(row, attribute::DUE_AT)?;
    let created_at = milliseconds(row, attribute::CREATED_AT)?.ok_or(StoreError::corrupt(attribute::CREATED_AT))?;
    let overview = Overview {
        session_id: session_id(row, transfer)?,
        contact_id: take_contact(row, project)?,
        agent: take_value(row, attribute::AGENT)?,
        provider: take_value(row, attribute::PROVIDER)?,
        status,
        queue: Queue {
            name: take_value(row, attribute::QUEUE_NAME)?,
            position: take_optional(row, attribute::QUEUE_POSITION)?,
            estimated_wait_seconds: take_optional(row, attribute::QUEUE_WAIT)?,
        },
        created_at,
        ended_at: milliseconds(row, attribute::ENDED_AT)?,
        end_reason: take_optional(row, attribute::END_REASON)?,
        outcome: take_optional(row, attribute::OUTCOME)?,
        hand_back: take_handed_back(row, created_at)?,
        labels: take_labels(row)?,
        unconfirmed: take_optional(row, attribute::UNCONFIRMED)?.unwrap_or(false),
        representative: take_optional(row, attribute::REPRESENTATIVE)?,
        priority: take_optional(row, attribute::PRIORITY)?.unwrap_or(Priority::USUAL),
        stale: false,
        expires_at: None,
        last_message_at: None,
        updated_at: None,
        held: false,
    };
    Ok(Some((overview, due_at)))
}

/// One page of sessions that are known already.
fn page_of(known: &Known, limit: u8, after: Option<TransferId>) -> Candidates {
    let older = |id: &TransferId| after.is_none_or(|after| *id < after);
    let mut ids: Vec<_> = known.iter().copied().filter(older).collect();
    ids.sort_unstable_by_key(|id| std::cmp::Reverse(*id));
    ids.dedup();
    let more = ids.len() > usize::from(limit);
    ids.truncate(limit.into());
    let after = ids.last().copied().filter(|_| more);
    let looked_at = u32::try_from(ids.len()).unwrap_or(u32::MAX);
    let entries = ids.into_iter().map(|id| (id, Item::from(Row::new()))).collect();
    Candidates { entries, after, looked_at }
}

impl SessionFilter {
    pub(crate) fn question(&self, project: &ProjectId, shards: ListShards) -> Question {
        let mut kinds = self.wanted_statuses();
        kinds.sort_unstable();
        kinds.dedup();
        let mut filters = Vec::new();
        let mut filter = |name: Filter, value: Option<&str>| {
            filters.extend(value.map(|value| (name, value.to_owned())));
        };
        let contact = self.contact_id.as_ref().map(|contact| contact_key(project, contact));
        // Only a call can be stale.
        let stale = Some(Channel::Voice).filter(|_| self.stale);
        filter(Filter::Channel, self.channel.or(stale).map(Channel::as_str));
        filter(Filter::Provider, self.provider.as_ref().map(Provider::as_str));
        filter(Filter::Agent, self.agent.as_ref().map(AgentName::as_str));
        filter(Filter::ContactKey, contact.as_deref());
        filter(Filter::Conversation, self.conversation.as_ref().map(ConversationSessionId::as_str));
        filter(Filter::QueueName, self.queue.as_deref());
        filter(Filter::Outcome, self.outcome.map(Outcome::as_str));
        filter(Filter::HandBack, self.hand_back.map(beginning_of).as_deref());
        filter(Filter::Trigger, self.trigger.map(Trigger::as_str));
        filter(Filter::ReasonCode, self.reason_code.as_ref().map(ReasonCode::as_str));
        filter(Filter::Tag, self.tag.as_ref().map(Tag::as_str));
        filter(Filter::Unconfirmed, Some("true").filter(|_| self.unconfirmed));
        let named = self.named.as_ref().map(|name| format!("named {name}"));
        let stale = self.stale.then(|| "stale".to_owned());
        let updated = self.updated_after.map(|at| format!("updated {}", at.timestamp_micros()));
        Question {
            project: project.clone(),
            kinds: kinds.into_iter().map(ListKind::Session).collect(),
            shards: shards.get(),
            filters,
            besides: [named, stale, updated].into_iter().flatten().collect(),
            created_after: self.created_after,
            created_before: self.created_before,
        }
    }

    /// Whether the index does not say what is asked for.
    pub(crate) fn asks_records(&self) -> bool {
        self.stale || self.updated_after.is_some()
    }

    /// Whether it names sessions, which are looked up.
    pub(crate) fn looks_up(&self) -> bool {
        let names = [self.contact_id.is_some(), self.transfer.is_some(), self.conversation.is_some()];
        names.contains(&true) || self.provider_session_id.is_some() || self.named.is_some()
    }

    /// Only what has ended has an outcome and a hand-back, and is never stale.
    pub(crate) fn wanted_statuses(&self) -> Vec<Status> {
        let given = if self.statuses.is_empty() { Status::ALL } else { &self.statuses };
        let has_ended = self.outcome.is_some() || self.hand_back.is_some();
        let fits = |status: &Status| if *status == Status::Ended { !self.stale } else { !has_ended };
        given.iter().copied().filter(fits).collect()
    }

    /// Whether sessions are wanted that have ended by the clock, and not where they stand: among the open ones.
    fn wants_overdue(&self) -> bool {
        let wanted = self.wanted_statuses();
        wanted.contains(&Status::Ended) && !Status::ALL.iter().all(|status| wanted.contains(status))
    }

    pub(crate) fn matches(&self, overview: &Overview) -> bool {
        let at = overview.created_at;
        (self.statuses.is_empty() || self.statuses.contains(&overview.status))
            && self.channel.is_none_or(|channel| channel == overview.session_id.channel)
            && self.provider.is_none_or(|provider| provider == overview.provider)
            && self.agent.as_ref().is_none_or(|agent| *agent == overview.agent)
            && self.contact_id.as_ref().is_none_or(|contact| *contact == overview.contact_id)
            && self.queue.as_ref().is_none_or(|name| *name == overview.queue.name)
            && self.outcome.is_none_or(|outcome| Some(outcome) == overview.outcome)
            && self.hand_back.is_none_or(|state| overview.hand_back.is_some_and(|handed| handed.state() == state))
            && self.trigger.is_none_or(|trigger| Some(trigger) == overview.labels.trigger)
            && self.reason_code.as_ref().is_none_or(|code| Some(code) == overview.labels.reason_code.as_ref())
            && self.tag.as_ref().is_none_or(|tag| overview.labels.tags.contains(tag))
            && self.transfer.is_none_or(|transfer| transfer == overview.session_id.transfer)
            && self.conversation.as_ref().is_none_or(|it| *it == overview.session_id.conversation)
            && (!self.unconfirmed || overview.unconfirmed)
            && (!self.stale || overview.stale)
            && self.updated_after.is_none_or(|after| overview.updated_at.is_some_and(|at| at >= after))
            && self.created_after.is_none_or(|after| at >= after)
            && self.created_before.is_none_or(|before| at < before)
    }
}
