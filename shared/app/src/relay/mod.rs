//! Out of the table: what each write to a session or its removal asks for, to everybody outside and to the provider. The
//! only publisher.
//!
//! Every image of a session tells what its write changed. From that follow the events and the commands, each with an id
//! of its own, so that a repetition can be dropped.

mod measure;
mod port;
mod publish;
mod set_aside;

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use transfer_domain::{
    Aftermath, Command, Envelope, Event, EventEndpoint, Follows, IntegrationHealth, Notice, Session, SessionId,
    SettledMessage,
};
use transfer_store::StoreError;

use crate::Service;
use crate::tick::Tick;
use crate::watch::AHEAD;
use publish::{From, from, send_all};
use set_aside::{Held, SettingAside};

pub(crate) use publish::{MAX_ENTRIES, pause};

pub use measure::Measurement;
pub use port::{Aside, Meaning, Refusal, Transport};

/// One record of the table's stream.
#[derive(Debug)]
pub struct Record {
    /// Its sequence number, for a person.
    pub sequence: String,
    /// When the row was written; the epoch if that is not known.
    pub written_at: DateTime<Utc>,
    /// What happened; nothing, if it was a row of which nothing follows. Or why it cannot be read.
    pub happened: Result<Option<Happened>, String>,
}

/// What happened to a session, to a message of it, or to a contact centre.
#[derive(Debug)]
pub enum Happened {
    /// It was written.
    Written {
        /// As it was before, if there was one that can be read: one that cannot costs a measurement, not the record.
        before: Option<Box<Session>>,
        /// As it stands now.
        now: Box<Session>,
    },
    /// It was removed by the table's TTL.
    Removed {
        /// Its last image.
        last: Box<Session>,
        /// When.
        at: DateTime<Utc>,
    },
    /// It was deleted by somebody, whose will it is that nothing is kept of it.
    Deleted {
        /// Its last image.
        last: Box<Session>,
    },
    /// The delivery of one of its messages is settled.
    Settled(Box<SettledMessage>),
    /// The contact centre of an integration answers otherwise than before.
    Health(Box<IntegrationHealth>),
    /// An event endpoint was switched on or off.
    Switched(Box<EventEndpoint>),
}

/// Everything that must leave the system because of one record.
#[derive(Debug, Default, PartialEq)]
pub struct Consequences {
    /// For the event bus.
    pub events: Vec<Event>,
    /// For the provider.
    pub commands: Vec<Command>,
    /// For the moment at which the session is due now.
    pub ticks: Vec<Tick>,
    /// For whoever operates it.
    pub measurements: Vec<Measurement>,
}

impl Happened {
    /// The session that it happened to, if it was one.
    fn session_id(&self) -> Option<&SessionId> {
        match self {
            Self::Written { now: session, .. }
            | Self::Removed { last: session, .. }
            | Self::Deleted { last: session } => Some(&session.session_id),
            Self::Settled(settled) => Some(&settled.settlement.session_id),
            Self::Health(_) | Self::Switched(_) => None,
        }
    }
}

impl Consequences {
    /// Of what happened to a session, at this time. `aftermath`: what a hand-back tells that does not stand in its row.
    pub fn of(happened: &Happened, aftermath: &Aftermath, now: DateTime<Utc>) -> Self {
        let (Follows { events, commands }, measurements) = match happened {
            Happened::Written { before, now } => {
                (Follows::of_write(now, aftermath), Measurement::of_write(before.as_deref(), now))
            }
            // One that had not ended is kept as what it is: expired. What follows from that follows then.
            Happened::Removed { last, .. } if !last.is_ended() => (Follows::default(), vec![]),
            Happened::Removed { last, .. } | Happened::Deleted { last } => {
                (Follows::of_removal((**last).clone()), vec![])
            }
            Happened::Settled(settled) => (Follows::of_settled(settled), vec![]),
            Happened::Health(health) => (Follows::of_health(health), vec![]),
            Happened::Switched(endpoint) => (Follows::of_switched(endpoint), vec![]),
        };
        let ticks = due_soon(happened, now).into_iter().collect();
        Self { events, commands, ticks, measurements }
    }
}

/// The tick of a session that became due before [`crate::watch()`] looks next.
fn due_soon(happened: &Happened, now: DateTime<Utc>) -> Option<Tick> {
    let Happened::Written { before, now: session } = happened else { return None };
    let due_at = session.due_at.filter(|at| session.is_watched() && *at < now + AHEAD)?;
    let was_due_at = before.as_ref().and_then(|before| before.due_at);
    (was_due_at != Some(due_at)).then(|| Tick::of_session(session, due_at, now))
}

/// The field of an event that names its session; one without it is of none.
const SESSION_ID: &str = "sessionId";

/// An event of a session, and where it stands among all of it.
#[derive(Debug, Clone)]
pub struct Published {
    /// The event.
    pub event: Event,
    /// The number of the stream's record that it follows from.
    pub record: String,
    /// Its index among the events of that.
    pub index: usize,
}

/// What a batch of records asks for, in order, each with the index of its record.
struct Batch<E, F, N, C, T> {
    events: Vec<From<E>>,
    feed: Vec<From<F>>,
    notices: Vec<From<N>>,
    commands: Vec<From<C>>,
    ticks: Vec<From<T>>,
    measurements: Vec<From<Measurement>>,
    /// The record that can be neither read nor set aside. It comes again, and all after it.
    unreadable: Option<usize>,
}

/// Where a batch of records goes.
#[derive(Debug)]
pub struct Outlets<E, F, N, C, T> {
    /// Events, for everybody.
    pub bus: E,
    /// Events, for those who ask for a session's.
    pub feed: F,
    /// Events, for the endpoints of their projects.
    pub notices: N,
    /// Commands.
    pub commands: C,
    /// Ticks.
    pub ticks: T,
}

/// Relays a batch of records. Gives the index of the first that must come again; all after it come again too.
pub async fn relay<E, F, N, C, T>(
    service: &Service,
    records: &[Record],
    to: &Outlets<E, F, N, C, T>,
    aside: &impl Aside,
) -> Option<usize>
where
    E: Transport<Content = Event>,
    F: Transport<Content = Published>,
    N: Transport<Content = Notice>,
    C: Transport<Content = Command>,
    T: Transport<Content = Tick>,
{
    let jitter = &*service.ids;
    let mut setting_aside = SettingAside::new(service, records, aside);
    let Batch { mut events, mut feed, mut notices, commands, ticks, measurements, unreadable } =
        read::<E, F, N, C, T>(service, records, &mut setting_aside).await;
    // Commands and ticks first: should only they succeed, a repetition is dropped by the queue, or does nothing.
    let unsent = send_all(&to.commands, &commands, &mut setting_aside, jitter).await;
    let unqueued = send_all(&to.ticks, &ticks, &mut setting_aside, jitter).await;
    let limit = [unsent, unqueued].into_iter().flatten().min().unwrap_or(records.len());
    feed.retain(|event| event.record < limit);
    let unkept = send_all(&to.feed, &feed, &mut setting_aside, jitter).await;
    let limit = unkept.map_or(limit, |unkept| unkept.min(limit));
    // After the feed, which keeps the event for whoever asks for it once more.
    notices.retain(|notice| notice.record < limit);
    let unnoticed = send_all(&to.notices, &notices, &mut setting_aside, jitter).await;
    let limit = unnoticed.map_or(limit, |unnoticed| unnoticed.min(limit));
    events.retain(|event| event.record < limit);
    let unpublished = send_all(&to.bus, &events, &mut setting_aside, jitter).await;
    let failed = [unreadable, unsent, unqueued, unkept, unnoticed, unpublished].into_iter().flatten().min();
    // What comes again is measured then.
    let done = measurements.into_iter().filter(|measurement| failed.is_none_or(|failed| measurement.record < failed));
    let now = service.now();
    done.for_each(|measurement| service.metrics.record(measurement.item.published(now)));
    failed
}

async fn read<E, F, N, C, T>(
    service: &Service,
    records: &[Record],
    setting_aside: &mut SettingAside<'_, impl Aside>,
) -> Batch<E::Item, F::Item, N::Item, C::Item, T::Item>
where
    E: Transport<Content = Event>,
    F: Transport<Content = Published>,
    N: Transport<Content = Notice>,
    C: Transport<Content = Command>,
    T: Transport<Content = Tick>,
{
    let now = service.now();
    let mut batch = Batch {
        events: vec![],
        feed: vec![],
        notices: vec![],
        commands: vec![],
        ticks: vec![],
        measurements: vec![],
        unreadable: None,
    };
    let gone = gone(records);
    for (index, record) in records.iter().enumerate() {
        // Boxed, because few records need it, and it would make the whole relaying larger.
        let aftermath = match Box::pin(prepared(service, record)).await {
            Ok(aftermath) => aftermath,
            Err(error) => {
                if setting_aside.refused(index, "what a record needs", &Refusal::from(&error)).await == Held::Yes {
                    batch.unreadable = Some(index);
                    break;
                }
                // All that follows from it is set aside with it: told by its own row alone, a hand-back would look whole,
                // and whoever got it would drop what is told when the record is handed over again.
                continue;
            }
        };
        let read = match &record.happened {
            Ok(happened) => {
                happened.as_ref().map(|happened| Consequences::of(happened, &aftermath, now)).unwrap_or_default()
            }
            Err(why) => {
                if setting_aside.set_aside(index, why).await == Held::Yes {
                    batch.unreadable = Some(index);
                    break;
                }
                continue;
            }
        };
        let endpoints = match endpoints(service, &read.events).await {
            Ok(endpoints) => endpoints,
            Err(error) => {
                if setting_aside.refused(index, "the endpoints of a project", &Refusal::from(&error)).await == Held::Yes
                {
                    batch.unreadable = Some(index);
                    break;
                }
                Arc::default()
            }
        };
        if let Err(why) = batch.add::<E, F, N, C, T>(index, record, read, (&endpoints, now), &gone)
            && setting_aside.set_aside(index, &why).await == Held::Yes
        {
            batch.unreadable = Some(index);
            break;
        }
    }
    batch
}

/// The sessions whose removal is among these records. What happened to them before belongs into no feed any more: it could
/// be written when all that hung on them was removed, and would stay.
fn gone(records: &[Record]) -> HashSet<SessionId> {
    let removed = |record: &Record| match &record.happened {
        Ok(Some(Happened::Deleted { last })) => Some(last.session_id.clone()),
        Ok(Some(Happened::Removed { last, .. })) if last.is_ended() => Some(last.session_id.clone()),
        Ok(_) | Err(_) => None,
    };
    records.iter().filter_map(removed).collect()
}

/// The endpoints of the project that some events are of; all of a record are of one.
async fn endpoints(service: &Service, events: &[Event]) -> Result<Arc<Vec<EventEndpoint>>, StoreError> {
    let named = events.first().and_then(|event| event.detail.get("projectId")?.as_str()?.parse().ok());
    match named {
        Some(project) => service.directory.endpoints(&project).await,
        None => Ok(Arc::default()),
    }
}

/// The events of a record for each endpoint that wants them.
fn noticed(published: &[Published], others: &[Event], endpoints: &[EventEndpoint], now: DateTime<Utc>) -> Vec<Notice> {
    let events = published.iter().map(|published| &published.event).chain(others);
    let notices = events.flat_map(|event| {
        let wanting = endpoints.iter().filter(|endpoint| endpoint.wants(event.detail_type));
        wanting.map(move |endpoint| {
            let event = Envelope {
                detail_type: event.detail_type.to_owned(),
                time: event.occurred_at,
                detail: event.detail.clone(),
            };
            Notice {
                project_id: endpoint.project_id.clone(),
                endpoint_id: endpoint.endpoint_id.clone(),
                notice_id: Notice::id_at(event.time, event.event_id()),
                again: false,
                since: Some(now),
                event,
            }
        })
    });
    notices.collect()
}

/// Does what a record needs of the table before it is relayed; gives what stands there of a hand-back.
async fn prepared(service: &Service, record: &Record) -> Result<Aftermath, StoreError> {
    kept(service, record).await?;
    match &record.happened {
        Ok(Some(Happened::Written { now, .. })) if now.tells_hand_back() => {
            let whole = service.store.whole_session_as_it_stands(&now.project_id, now.transfer_id()).await?;
            // One that is removed already is told by its row alone.
            Ok(whole.map(|whole| Aftermath::of(&whole.facts, &whole.request)).unwrap_or_default())
        }
        _ => Ok(Aftermath::default()),
    }
}

/// Keeps a session that the table's TTL removed before it had ended.
async fn kept(service: &Service, record: &Record) -> Result<(), StoreError> {
    match &record.happened {
        Ok(Some(Happened::Removed { last, at })) if !last.is_ended() => service.store.keep_expired(last, *at).await,
        _ => Ok(()),
    }
}

impl<EventItem, FeedItem, NoticeItem, CommandItem, TickItem>
    Batch<EventItem, FeedItem, NoticeItem, CommandItem, TickItem>
{
    /// Adds all that follows from a record; nothing of it, and why, if something of it cannot be written.
    fn add<E, F, N, C, T>(
        &mut self,
        index: usize,
        record: &Record,
        read: Consequences,
        (endpoints, now): (&[EventEndpoint], DateTime<Utc>),
        gone: &HashSet<SessionId>,
    ) -> Result<(), String>
    where
        E: Transport<Content = Event, Item = EventItem>,
        F: Transport<Content = Published, Item = FeedItem>,
        N: Transport<Content = Notice, Item = NoticeItem>,
        C: Transport<Content = Command, Item = CommandItem>,
        T: Transport<Content = Tick, Item = TickItem>,
    {
        let events = written::<E>(&read.events)?;
        let (of_session, others) = read.events.into_iter().partition(|event| event.detail.contains_key(SESSION_ID));
        let published = placed(record, of_session);
        let notices = written::<N>(&noticed(&published, &others, endpoints, now))?;
        let about = match &record.happened {
            Ok(Some(happened)) => happened.session_id(),
            Ok(None) | Err(_) => None,
        };
        let feed = if about.is_some_and(|id| gone.contains(id)) { vec![] } else { written::<F>(&published)? };
        let commands = written::<C>(&read.commands)?;
        let ticks = written::<T>(&read.ticks)?;
        self.events.extend(from(index, events));
        self.feed.extend(from(index, feed));
        self.notices.extend(from(index, notices));
        self.commands.extend(from(index, commands));
        self.ticks.extend(from(index, ticks));
        self.measurements.extend(from(index, read.measurements));
        Ok(())
    }
}

/// The events of a record that are of a session, each with its place among those.
fn placed(record: &Record, events: Vec<Event>) -> Vec<Published> {
    let published = events.into_iter().enumerate();
    published.map(|(index, event)| Published { record: record.sequence.clone(), index, event }).collect()
}

/// All of them written, or why one cannot be.
fn written<T: Transport>(contents: &[T::Content]) -> Result<Vec<T::Item>, String> {
    contents.iter().map(T::written).collect::<Result<_, _>>().map_err(|refusal| refusal.code)
}
