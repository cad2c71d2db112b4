//! Keys and indexes: the only place that knows where a row stands.
//!
//! One table; `pk` and `sk` are text. `<digest>` is the first half of a SHA-256, in hexadecimal.
//!
//! | row | `pk` | `sk` | removed by |
//! |---|---|---|---|
//! | session: what moves | `<project>#session#<uuid>` | `record` | TTL |
//! | what its provider told | same | `record#facts` | `forget` |
//! | its request | same | `record#request` | `forget` |
//! | history of the request | same | `history` | `forget` |
//! | message | same | `message#<sequence, 20 digits>` | `forget` |
//! | timeline entry, and identity of its event | same | `entry#<digest of source id>` | `forget` |
//! | event, as it was published | same | `published#<epoch milliseconds of the write, 13 digits>#<number of the stream's record>.<index>` | `forget` |
//! | identity of a message | same | `seen#<in or out>#<digest of source id>` | TTL, 30 days |
//! | guard | `<project>#conversation#<conversation>` | `open` | `forget` |
//! | idempotency record | `<project>#idempotency#<digest of key>` | `key` | TTL, 24 h |
//! | link | `<project>#link#<provider>#<provider session id>` | `link` | `forget` |
//! | which session a call is of | `<project>#call#<call id>` | `<uuid>` | `forget` |
//! | parked event | the link's | `parked#<digest of source id>` | being applied, else TTL, 15 min |
//! | relayed callback | `<project>#relayed#<digest of integration and webhook id>` | `callback` | TTL, 72 h |
//! | settings | `<project>#` | `settings` | never |
//! | integration | same | `integration#<provider>` | request |
//! | how its contact centre answers | same | `health#<provider>` | never |
//! | event endpoint | same | `endpoint#<name>` | request |
//! | how it answers | same | `endpoint-health#<name>` | its next success, request |
//! | what became of an event there | `<project>#notices#<name>` | `<epoch milliseconds, 13 digits>-<text>` | TTL, 7 days |
//! | integration by id | `#integration#<integration id>` | `integration` | request |
//! | integration by partner source | `#partner-source#<source>` | `integration` | request |
//! | task | `<project>#task#<uuid>` | `task` | TTL |
//! | that the session was erased, so that no late event makes its task anew | same | same | TTL, 30 days |
//!
//! Only sessions and tasks have an `expiresAt` that moves. What `forget` removes goes by TTL after 400 days at the
//! latest, longer than any session is meant to live, so that a command that was lost leaves nothing for ever.
//!
//! | question | answered by | reads |
//! |---|---|---|
//! | one session, one task | table, the key | 1 |
//! | a session with what its provider told and its request | table, the session's partition, by prefix | 1 |
//! | a session's messages | table, the session's partition, by prefix | 1 a page |
//! | its timeline | table, the session's partition, by prefix: all of it, sorted by sequence | 1 |
//! | what was published of it after a moment? | table, the session's partition, from there through its record, which stands right behind | 1 a page |
//! | was this event or message seen? | condition on the `entry` or `seen` row, in the write | 0 |
//! | which messages have these ids? | table, their `seen` rows, which name their places, then their keys | 2 |
//! | is the conversation taken, and by which session? which ones had it before? | condition on the guard, in the write; the guard | 0, else 1 |
//! | which session is this provider session? what is parked for it? | table, the link's partition | 1 |
//! | which sessions was this call of, newest first? | table, the call's partition | 1 |
//! | settings or integration of a project; integration of a webhook URL or bus event | table, the key | 1 |
//! | a project's integrations | table, the project's partition, by prefix | 1 |
//! | a project's event endpoints | table, the project's partition, by prefix | 1 |
//! | what became of events at an endpoint, by time | table, its partition | 1 a page |
//! | a project's sessions by status, newest first | index [`LIST_INDEX`], one partition a status; the records only of those whose `dueAt` has come | 1, else 2 |
//! | a project's tasks by status, newest first | index [`LIST_INDEX`], one partition a status, then the records | 2 |
//! | what the sessions of a page of tasks are about | table, their records and requests | 2 |
//! | a contact's sessions, newest first, to show or to erase them | index [`CONTACT_INDEX`], then the records | 2 |
//! | what is due until a moment? | index [`DUE_INDEX`] | 1 a shard |
//!
//! The list index holds what a list shows of a session, apart from what every message moves: a message writes nothing
//! to any index, a change of status moves the entry of the list. `listKey` is
//! `<project>#<session or task>#<status>#<shard>`: one index partition takes a thousand writes a second and a
//! throttled index throttles the table, so a project that needs more spreads each status over more partitions
//! (`listShards` of its settings), by the last bits of the uuid, which are random. A row keeps the shard that it began
//! with.

use std::fmt::Display;

use chrono::TimeDelta;
use sha2::{Digest as _, Sha256};
use transfer_domain::{
    CallId, ContactId, ConversationSessionId, Direction, EndpointId, IdempotencyKey, IntegrationId, ProjectId,
    Provider, ProviderSessionId, SourceId, Status, TaskStatus, TransferId,
};

/// The list index: by `listKey` and `pk`, with what a list shows.
pub const LIST_INDEX: &str = "list";

/// The index of contacts: by `contactKey` and `pk`, keys only.
pub const CONTACT_INDEX: &str = "contact";

/// The index of what is due: by `dueKey` and `dueAt`, keys only.
pub const DUE_INDEX: &str = "due";

/// What the list index holds beside its keys and the table's.
pub const LIST_COLUMNS: &[&str] = &[
    attribute::CONTACT_KEY,
    attribute::AGENT,
    attribute::PROVIDER,
    attribute::CONVERSATION,
    attribute::CHANNEL,
    attribute::QUEUE_NAME,
    attribute::QUEUE_POSITION,
    attribute::QUEUE_WAIT,
    attribute::CREATED_AT,
    attribute::ENDED_AT,
    attribute::DUE_AT,
    attribute::END_REASON,
    attribute::UNCONFIRMED,
    attribute::REPRESENTATIVE,
    attribute::PRIORITY,
    attribute::OUTCOME,
    attribute::HAND_BACK,
    attribute::TRIGGER,
    attribute::REASON_CODE,
    attribute::TAGS,
];

/// How many partitions the index of what is due has: whoever looks asks all of them each minute.
pub const DUE_SHARDS: u8 = 4;

/// After how long a row that should have been removed with its session goes by itself.
pub(crate) const BACKSTOP: TimeDelta = TimeDelta::days(400);

/// How long an identity is remembered: longer than anybody sends a repetition.
pub(crate) const SEEN_FOR: TimeDelta = TimeDelta::days(30);

/// Names of attributes that mean the same in every row that has them.
pub mod attribute {
    /// Partition key.
    pub const PK: &str = "pk";
    /// Sort key.
    pub const SK: &str = "sk";
    /// What the row is: one of the words of [`crate::RowType`].
    pub const TYPE: &str = "type";
    /// Epoch seconds from which the row counts as absent: the table's TTL attribute.
    pub const EXPIRES_AT: &str = "expiresAt";
    /// Rises with every write.
    pub const VERSION: &str = "version";
    /// Status of a session or task; stage of an integration that is none yet or no more.
    pub const STATUS: &str = "status";
    /// Partition key of the list index.
    pub const LIST_KEY: &str = "listKey";
    /// The transfer that a row names.
    pub const TRANSFER_ID: &str = "transferId";
    /// Partition key of the index of contacts; its end names the contact.
    pub const CONTACT_KEY: &str = "contactKey";
    /// Partition key of the index of what is due.
    pub const DUE_KEY: &str = "dueKey";
    /// Sort key of the index of what is due: epoch seconds.
    pub const DUE_AT: &str = "dueAt";
    /// The AI agent.
    pub const AGENT: &str = "agent";
    /// The provider.
    pub const PROVIDER: &str = "provider";
    /// The AI agent's conversation.
    pub const CONVERSATION: &str = "conversation";
    /// The channel.
    pub const CHANNEL: &str = "channel";
    /// The queue's name.
    pub const QUEUE_NAME: &str = "queueName";
    /// The contact's place in the queue.
    pub const QUEUE_POSITION: &str = "queuePosition";
    /// The expected wait there, in seconds.
    pub const QUEUE_WAIT: &str = "queueWait";
    /// When the session was requested, in epoch milliseconds.
    pub const CREATED_AT: &str = "createdAt";
    /// When it ended, in epoch milliseconds.
    pub const ENDED_AT: &str = "endedAt";
    /// Why it ended.
    pub const END_REASON: &str = "endReason";
    /// That nobody knows whether the provider took it.
    pub const UNCONFIRMED: &str = "unconfirmed";
    /// Who is or was connected: the name, else the provider's id.
    pub const REPRESENTATIVE: &str = "representative";
    /// How urgent it is.
    pub const PRIORITY: &str = "priority";
    /// What became of it.
    pub const OUTCOME: &str = "outcome";
    /// Its newest hand-back: `<open or acknowledged>#<version>#<told at>`, then `#<acknowledged at>`; times in milliseconds
    /// since the creation.
    pub const HAND_BACK: &str = "handBack";
    /// What made the agent hand off.
    pub const TRIGGER: &str = "trigger";
    /// Why, as the caller's code.
    pub const REASON_CODE: &str = "reasonCode";
    /// The caller's tags.
    pub const TAGS: &str = "tags";
    /// On a message: that its delivery is settled, and what is told of it.
    pub const SETTLEMENT: &str = "settlement";
}

/// The sort keys' prefixes.
pub(crate) const MESSAGES: &str = "message#";
pub(crate) const TIMELINE: &str = "entry#";
/// Of a session's events, right before [`RECORD`].
pub(crate) const FEED: &str = "published#";
/// Of the rows that tell all about a session.
pub(crate) const RECORD: &str = "record";
/// Behind all rows that are removed with a session, before the identities, which go by themselves.
pub(crate) const SEEN: &str = "seen#";
pub(crate) const PARKED: &str = "parked#";
pub(crate) const INTEGRATIONS: &str = "integration#";
pub(crate) const HEALTH: &str = "health#";
pub(crate) const ENDPOINTS: &str = "endpoint#";

const DIGEST_BYTES: usize = 16;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

/// The kinds of rows in the list index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ListKind {
    Session(Status),
    Task(TaskStatus),
}

impl Key {
    fn new(pk: String, sk: impl Into<String>) -> Self {
        Self { pk, sk: sk.into() }
    }

    pub(crate) fn session(project: &ProjectId, transfer: TransferId) -> Self {
        Self::new(session_partition(project, transfer), RECORD)
    }

    pub(crate) fn facts(project: &ProjectId, transfer: TransferId) -> Self {
        Self::new(session_partition(project, transfer), "record#facts")
    }

    pub(crate) fn request(project: &ProjectId, transfer: TransferId) -> Self {
        Self::new(session_partition(project, transfer), "record#request")
    }

    pub(crate) fn history(project: &ProjectId, transfer: TransferId) -> Self {
        Self::new(session_partition(project, transfer), "history")
    }

    pub(crate) fn message(project: &ProjectId, transfer: TransferId, sequence: u64) -> Self {
        Self::new(session_partition(project, transfer), message_sort_key(sequence))
    }

    pub(crate) fn timeline(project: &ProjectId, transfer: TransferId, entry: &SourceId) -> Self {
        Self::new(session_partition(project, transfer), format!("{TIMELINE}{}", digest([entry.as_str()])))
    }

    pub(crate) fn seen(project: &ProjectId, transfer: TransferId, direction: Direction, id: &SourceId) -> Self {
        let namespace = match direction {
            Direction::Inbound => "in",
            Direction::Outbound => "out",
        };
        Self::new(session_partition(project, transfer), format!("{SEEN}{namespace}#{}", digest([id.as_str()])))
    }

    pub(crate) fn guard(project: &ProjectId, conversation: &ConversationSessionId) -> Self {
        Self::new(under(project, "conversation", conversation), "open")
    }

    pub(crate) fn idempotency(project: &ProjectId, key: &IdempotencyKey) -> Self {
        Self::idempotency_of(project, &Self::name_of(key))
    }

    /// What a session's request keeps of the key that it came with: enough to find its record.
    pub(crate) fn name_of(key: &IdempotencyKey) -> String {
        digest([key.as_str()])
    }

    /// By what [`Self::name_of`] gave.
    pub(crate) fn idempotency_of(project: &ProjectId, name: &str) -> Self {
        Self::new(under(project, "idempotency", name), "key")
    }

    pub(crate) fn link(project: &ProjectId, provider: Provider, name: &ProviderSessionId) -> Self {
        Self::new(link_partition(project, provider, name), "link")
    }

    pub(crate) fn call(project: &ProjectId, call: &CallId, transfer: TransferId) -> Self {
        Self::new(call_partition(project, call), transfer.to_string())
    }

    /// `identity` is the event's source id, or its contents where it has none.
    pub(crate) fn parked(project: &ProjectId, provider: Provider, name: &ProviderSessionId, identity: &str) -> Self {
        Self::new(link_partition(project, provider, name), format!("{PARKED}{}", digest([identity])))
    }

    pub(crate) fn relayed(project: &ProjectId, integration: &IntegrationId, webhook: &SourceId) -> Self {
        Self::new(under(project, "relayed", digest([integration.as_str(), webhook.as_str()])), "callback")
    }

    /// A row that is never there.
    pub(crate) fn nobody() -> Self {
        Self::new("connection".to_owned(), "connection")
    }

    pub(crate) fn settings(project: &ProjectId) -> Self {
        Self::new(project_partition(project), "settings")
    }

    pub(crate) fn integration(project: &ProjectId, provider: Provider) -> Self {
        Self::new(project_partition(project), format!("{INTEGRATIONS}{provider}"))
    }

    pub(crate) fn health(project: &ProjectId, provider: Provider) -> Self {
        Self::new(project_partition(project), format!("{HEALTH}{provider}"))
    }

    pub(crate) fn endpoint(project: &ProjectId, id: &EndpointId) -> Self {
        Self::new(project_partition(project), format!("{ENDPOINTS}{id}"))
    }

    pub(crate) fn endpoint_health(project: &ProjectId, id: &EndpointId) -> Self {
        Self::new(project_partition(project), format!("endpoint-health#{id}"))
    }

    pub(crate) fn notice(project: &ProjectId, endpoint: &EndpointId, notice: &str) -> Self {
        Self::new(notices_partition(project, endpoint), notice)
    }

    pub(crate) fn integration_by_id(id: &IntegrationId) -> Self {
        Self::new(format!("#integration#{id}"), "integration")
    }

    pub(crate) fn integration_by_partner_source(source: &str) -> Self {
        Self::new(format!("#partner-source#{source}"), "integration")
    }

    pub(crate) fn task(project: &ProjectId, id: TransferId) -> Self {
        Self::new(under(project, "task", id), "task")
    }
}

pub(crate) fn project_partition(project: &ProjectId) -> String {
    format!("{project}#")
}

pub(crate) fn session_partition(project: &ProjectId, transfer: TransferId) -> String {
    under(project, "session", transfer)
}

pub(crate) fn link_partition(project: &ProjectId, provider: Provider, name: &ProviderSessionId) -> String {
    // The name may contain any visible character, so it stands last.
    under(project, "link", format_args!("{provider}#{name}"))
}

/// Of the sessions of a call.
pub(crate) fn call_partition(project: &ProjectId, call: &CallId) -> String {
    under(project, "call", call)
}

/// Of what became of events at an endpoint.
pub(crate) fn notices_partition(project: &ProjectId, endpoint: &EndpointId) -> String {
    under(project, "notices", endpoint)
}

/// Where the message of a sequence stands.
pub(crate) fn message_sort_key(sequence: u64) -> String {
    format!("{MESSAGES}{sequence:020}")
}

/// Where an event stands: by the moment at which it was written, and by its rank among those of the same.
pub(crate) fn feed_sort_key(at_ms: u64, rank: &str) -> String {
    format!("{FEED}{at_ms:013}#{rank}")
}

/// The index partition of one status and shard.
pub(crate) fn list_key(project: &ProjectId, kind: ListKind, shard: u8) -> String {
    match kind {
        ListKind::Session(status) => format!("{project}#session#{status}#{shard}"),
        ListKind::Task(status) => format!("{project}#task#{}#{shard}", status.as_str()),
    }
}

/// The transfer of the partition of a session or task.
pub(crate) fn transfer_of(pk: &str) -> Option<TransferId> {
    pk.rsplit('#').next().and_then(|uuid| uuid.parse().ok())
}

/// Where all partitions of a kind of a project begin, before the uuid: sessions and tasks sort by it.
pub(crate) fn partitions_of(project: &ProjectId, kind: ListKind) -> String {
    let kind = match kind {
        ListKind::Session(_) => "session",
        ListKind::Task(_) => "task",
    };
    under(project, kind, "")
}

/// The partition of a contact in its index.
pub(crate) fn contact_key(project: &ProjectId, contact: &ContactId) -> String {
    format!("{}{contact}", contact_prefix(project))
}

/// What stands before the contact in its key.
pub(crate) fn contact_prefix(project: &ProjectId) -> String {
    format!("{project}#")
}

/// The partition of a session in the index of what is due, whatever its project.
pub(crate) fn due_key(shard: u8) -> String {
    format!("due#{shard}")
}

/// One of so many shards, by a uuid; its last byte is random.
pub(crate) fn shard(id: TransferId, shards: u8) -> u8 {
    let [.., last] = *id.uuid().as_bytes();
    last % shards.max(1)
}

fn under(project: &ProjectId, kind: &str, id: impl Display) -> String {
    format!("{project}#{kind}#{id}")
}

/// A digest that differs for different lists of texts.
pub(crate) fn digest<'a>(parts: impl IntoIterator<Item = &'a str>) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        // With its length, or ("ab", "c") and ("a", "bc") would be one.
        hasher.update(part.len().to_be_bytes());
        hasher.update(part);
    }
    hex::encode(hasher.finalize().iter().copied().take(DIGEST_BYTES).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// Everything that a key is made of.
    #[derive(Debug, Clone, PartialEq, Eq, Hash)]
    enum Place {
        Session(ProjectId, TransferId),
        Facts(ProjectId, TransferId),
        Request(ProjectId, TransferId),
        History(ProjectId, TransferId),
        Message(ProjectId, TransferId, u64),
        Timeline(ProjectId, TransferId, SourceId),
        Seen(ProjectId, TransferId, Direction, SourceId),
        Guard(ProjectId, ConversationSessionId),
        Idempotency(ProjectId, IdempotencyKey),
        Link(ProjectId, Provider, ProviderSessionId),
        Call(ProjectId, CallId, TransferId),
        Parked(ProjectId, Provider, ProviderSessionId, String),
        Relayed(ProjectId, IntegrationId, SourceId),
        Settings(ProjectId),
        Integration(ProjectId, Provider),
        ById(IntegrationId),
        BySource(String),
        Task(ProjectId, TransferId),
        Endpoint(ProjectId, EndpointId),
        EndpointHealth(ProjectId, EndpointId),
        Notice(ProjectId, EndpointId, String),
    }

    impl Place {
        fn key(&self) -> Key {
            match self {
                Self::Session(project, id) => Key::session(project, *id),
                Self::Facts(project, id) => Key::facts(project, *id),
                Self::Request(project, id) => Key::request(project, *id),
                Self::History(project, id) => Key::history(project, *id),
                Self::Message(project, id, sequence) => Key::message(project, *id, *sequence),
                Self::Timeline(project, id, entry) => Key::timeline(project, *id, entry),
                Self::Seen(project, id, way, source) => Key::seen(project, *id, *way, source),
                Self::Guard(project, conversation) => Key::guard(project, conversation),
                Self::Idempotency(project, key) => Key::idempotency(project, key),
                Self::Link(project, provider, name) => Key::link(project, *provider, name),
                Self::Call(project, call, id) => Key::call(project, call, *id),
                Self::Parked(project, provider, name, identity) => Key::parked(project, *provider, name, identity),
                Self::Relayed(project, integration, webhook) => Key::relayed(project, integration, webhook),
                Self::Settings(project) => Key::settings(project),
                Self::Integration(project, provider) => Key::integration(project, *provider),
                Self::ById(id) => Key::integration_by_id(id),
                Self::BySource(source) => Key::integration_by_partner_source(source),
                Self::Task(project, id) => Key::task(project, *id),
                Self::Endpoint(project, id) => Key::endpoint(project, id),
                Self::EndpointHealth(project, id) => Key::endpoint_health(project, id),
                Self::Notice(project, id, notice) => Key::notice(project, id, notice),
            }
        }
    }

    // Few letters, among them the separators wherever the grammar lets them in, so that collisions would show.
    fn plain<T: std::fmt::Debug + std::str::FromStr<Err: std::fmt::Debug>>() -> impl Strategy<Value = T> {
        "[a1_-]{1,3}".prop_map(|text| text.parse().unwrap())
    }

    fn visible<T: std::fmt::Debug + std::str::FromStr<Err: std::fmt::Debug>>() -> impl Strategy<Value = T> {
        "[a1#]{1,4}|link|parked#a|session".prop_map(|text| text.parse().unwrap())
    }

    fn transfer() -> impl Strategy<Value = TransferId> {
        (0..3_u8).prop_map(|n| format!("0193a5c0-7e2b-7abc-8def-00000000000{n}").parse().unwrap())
    }

    fn provider() -> impl Strategy<Value = Provider> {
        "[a-z][a-z0-9_]{0,23}".prop_map(|name| name.parse().unwrap())
    }

    fn direction() -> impl Strategy<Value = Direction> {
        proptest::sample::select(Direction::ALL)
    }

    fn place() -> impl Strategy<Value = Place> {
        prop_oneof![
            (plain(), transfer()).prop_map(|(p, t)| Place::Session(p, t)),
            (plain(), transfer()).prop_map(|(p, t)| Place::Facts(p, t)),
            (plain(), transfer()).prop_map(|(p, t)| Place::Request(p, t)),
            (plain(), transfer()).prop_map(|(p, t)| Place::History(p, t)),
            (plain(), transfer(), 0..20_u64).prop_map(|(p, t, s)| Place::Message(p, t, s)),
            (plain(), transfer(), visible()).prop_map(|(p, t, id)| Place::Timeline(p, t, id)),
            (plain(), transfer(), direction(), visible()).prop_map(|(p, t, d, id)| Place::Seen(p, t, d, id)),
            (plain(), plain()).prop_map(|(p, c)| Place::Guard(p, c)),
            (plain(), visible()).prop_map(|(p, k)| Place::Idempotency(p, k)),
            (plain(), provider(), visible()).prop_map(|(p, v, n)| Place::Link(p, v, n)),
            (plain(), visible(), transfer()).prop_map(|(p, c, t)| Place::Call(p, c, t)),
            (plain(), provider(), visible(), "[a1#]{1,3}").prop_map(|(p, v, n, i)| Place::Parked(p, v, n, i)),
            (plain(), plain(), visible()).prop_map(|(p, i, w)| Place::Relayed(p, i, w)),
            plain().prop_map(Place::Settings),
            (plain(), provider()).prop_map(|(p, v)| Place::Integration(p, v)),
            plain().prop_map(Place::ById),
            "[a1#]{1,3}".prop_map(Place::BySource),
            (plain(), transfer()).prop_map(|(p, t)| Place::Task(p, t)),
            (plain(), plain()).prop_map(|(p, e)| Place::Endpoint(p, e)),
            (plain(), plain()).prop_map(|(p, e)| Place::EndpointHealth(p, e)),
            (plain(), plain(), "[0-9]{2}-[a1]{1,2}").prop_map(|(p, e, n)| Place::Notice(p, e, n)),
        ]
    }

    proptest! {
        #[test]
        fn different_places_never_share_a_key(places in proptest::collection::vec(place(), 2..200)) {
            let mut taken: HashMap<Key, Place> = HashMap::new();
            for place in places {
                if let Some(other) = taken.insert(place.key(), place.clone()) {
                    prop_assert_eq!(other, place);
                }
            }
        }

        #[test]
        fn message_keys_sort_as_their_sequences_do(one in any::<u64>(), other in any::<u64>()) {
            prop_assert_eq!(message_sort_key(one).cmp(&message_sort_key(other)), one.cmp(&other));
        }
    }

    #[test]
    fn shards_are_spread_over_and_within_bounds() {
        let id = |last: u8| format!("0193a5c0-7e2b-7abc-8def-0000000000{last:02x}").parse().unwrap();
        let mut counts = [0; 4];
        (0..=u8::MAX).for_each(|last| counts[usize::from(shard(id(last), 4))] += 1);
        assert_eq!(counts, [64; 4]);
        assert!((0..=u8::MAX).all(|last| shard(id(last), 1) == 0));
    }

    #[test]
    fn what_is_removed_with_a_session_stands_before_the_identities_and_they_alone_behind() {
        let (project, id) = ("p".parse().unwrap(), "0193a5c0-7e2b-7abc-8def-000000000000".parse().unwrap());
        for key in [
            Key::session(&project, id),
            Key::facts(&project, id),
            Key::request(&project, id),
            Key::history(&project, id),
            Key::message(&project, id, u64::MAX),
            Key::timeline(&project, id, &"e-1".parse().unwrap()),
        ] {
            assert!(key.sk.as_str() < SEEN, "{}", key.sk);
        }
        let seen = Key::seen(&project, id, Direction::Inbound, &"e-1".parse().unwrap());
        assert!(seen.sk.as_str() > SEEN);
    }
}
