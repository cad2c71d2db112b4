//! Keys and indexes: the only place that knows where a row stands.
//!
//! One table; `pk` and `sk` are text. `<digest>` is the first half of a SHA-256, in hexadecimal.
//!
//! | row | `pk` | `sk` | removed by |
//! |---|---|---|---|
//! | session | `project#<project>#session#<uuid>` | `session` | TTL |
//! | briefing | same | `briefing` | `forget` |
//! | message | same | `message#<sequence, 20 digits>#<digest of direction and source id>` | `forget` |
//! | timeline entry | same | `timeline#<sequence, 20 digits>` | `forget` |
//! | identity seen | same | `seen#<in, out or event>#<digest of source id>` | `forget` |
//! | open guard | `project#<project>#conversation#<conversation>` | `open` | end of the session, `forget` |
//! | idempotency record | `project#<project>#idempotency#<digest of key>` | `record` | TTL, 24 h |
//! | link | `project#<project>#link#<provider>#<provider session id>` | `link` | `forget` |
//! | parked event | same | `parked#<digest of source id>` | being applied, else TTL, 15 min |
//! | relayed callback | `project#<project>#relayed#<digest of integration and webhook id>` | `callback` | TTL, 72 h |
//! | settings | `project#<project>` | `settings` | never |
//! | integration | same | `integration#<provider>` | request |
//! | integration by id | `integration#<integration id>` | `integration` | request |
//! | integration by partner source | `partner-source#<source>` | `integration` | request |
//! | task | `project#<project>#task#<uuid>` | `task` | TTL |
//!
//! Only sessions and tasks have an `expiresAt` that moves. What hangs on a session has none, so it cannot vanish
//! before the session.
//!
//! | question | answered by | reads |
//! |---|---|---|
//! | one session, its briefing, one task | table, the key | 1 |
//! | a session's messages, its timeline | table, the session's partition, by prefix | 1 a page |
//! | was this event or message seen? | condition on the `seen` row, in the write | 0 |
//! | which messages have these ids? | table, their `seen` rows, which name their places, then their keys | 2 |
//! | is the conversation taken, and by which session? | condition on the guard, in the write | 0, else 1 |
//! | which session is this provider session? what is parked for it? | table, the link's partition | 1 |
//! | settings or integration of a project; integration of a webhook URL or bus event | table, the key | 1 |
//! | a project's integrations | table, the project's partition, by prefix | 1 |
//! | a project's sessions or tasks by status, newest first | index [`LIST_INDEX`], all its shards, then the records | 2 |
//!
//! The index holds only rows with a `listKey`, sorted by `transferId`, and projects only what lists filter by. A
//! message changes none of that, so it writes nothing to the index; a change of status moves the entry. `listKey` is
//! `project#<project>#<session or task>#<status>#<shard>`: one index partition takes a thousand writes a second and a
//! throttled index throttles the table, so each status is spread over [`LIST_SHARDS`] partitions by the last bits of
//! the uuid, which are random.

use std::fmt::Display;

use sha2::{Digest as _, Sha256};
use transfer_domain::{
    ConversationSessionId, Direction, IdempotencyKey, IntegrationId, ProjectId, Provider, ProviderSessionId, SourceId,
    Status, TaskStatus, TransferId,
};

/// The list index.
pub const LIST_INDEX: &str = "list";

/// How many index partitions each status of a project is spread over. A row stands in the shard that its last write
/// gave it, and lists ask every shard; so to raise the number nothing is rewritten, but the version that asks more
/// shards comes a release before the one that fills them. To lower it, the last shards are filled no longer a release
/// before they are asked no longer, and that release waits until no row is left in them.
pub const LIST_SHARDS: u8 = 4;

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
    /// Sort key of the list index; elsewhere the transfer that a row belongs to.
    pub const TRANSFER_ID: &str = "transferId";
    /// Channel, for lists.
    pub const CHANNEL: &str = "channel";
    /// The queue's name, for lists.
    pub const QUEUE_NAME: &str = "queueName";
}

/// The sort keys' prefixes.
pub(crate) const MESSAGES: &str = "message#";
pub(crate) const TIMELINE: &str = "timeline#";
pub(crate) const PARKED: &str = "parked#";
pub(crate) const INTEGRATIONS: &str = "integration#";

/// Lengths of the sort keys that pages continue from: prefix, fixed-width digits, digest.
pub(crate) const MESSAGE_KEY_LENGTH: usize = MESSAGES.len() + 20 + 1 + DIGEST_LENGTH;
pub(crate) const TIMELINE_KEY_LENGTH: usize = TIMELINE.len() + 20;

const DIGEST_BYTES: usize = 16;
const DIGEST_LENGTH: usize = 2 * DIGEST_BYTES;

/// Where a row stands.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Key {
    pub(crate) pk: String,
    pub(crate) sk: String,
}

/// An identity that must be seen once only.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Identity {
    Message(Direction, SourceId),
    Event(SourceId),
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
        Self::new(session_partition(project, transfer), "session")
    }

    pub(crate) fn briefing(project: &ProjectId, transfer: TransferId) -> Self {
        Self::new(session_partition(project, transfer), "briefing")
    }

    pub(crate) fn message(
        project: &ProjectId,
        transfer: TransferId,
        sequence: u64,
        direction: Direction,
        id: &SourceId,
    ) -> Self {
        let digest = digest([direction.as_str(), id.as_str()]);
        Self::new(session_partition(project, transfer), format!("{}{digest}", message_prefix(sequence)))
    }

    pub(crate) fn timeline(project: &ProjectId, transfer: TransferId, sequence: u64) -> Self {
        Self::new(session_partition(project, transfer), format!("{TIMELINE}{sequence:020}"))
    }

    pub(crate) fn seen(project: &ProjectId, transfer: TransferId, identity: &Identity) -> Self {
        let (namespace, id) = match identity {
            Identity::Message(Direction::Inbound, id) => ("in", id),
            Identity::Message(Direction::Outbound, id) => ("out", id),
            Identity::Event(id) => ("event", id),
        };
        Self::new(session_partition(project, transfer), format!("seen#{namespace}#{}", digest([id.as_str()])))
    }

    pub(crate) fn guard(project: &ProjectId, conversation: &ConversationSessionId) -> Self {
        Self::new(under(project, "conversation", conversation), "open")
    }

    pub(crate) fn idempotency(project: &ProjectId, key: &IdempotencyKey) -> Self {
        Self::new(under(project, "idempotency", digest([key.as_str()])), "record")
    }

    pub(crate) fn link(project: &ProjectId, provider: Provider, name: &ProviderSessionId) -> Self {
        Self::new(link_partition(project, provider, name), "link")
    }

    /// `identity` is the event's source id, or its contents where it has none.
    pub(crate) fn parked(project: &ProjectId, provider: Provider, name: &ProviderSessionId, identity: &str) -> Self {
        Self::new(link_partition(project, provider, name), format!("{PARKED}{}", digest([identity])))
    }

    pub(crate) fn relayed(project: &ProjectId, integration: &IntegrationId, webhook: &SourceId) -> Self {
        Self::new(under(project, "relayed", digest([integration.as_str(), webhook.as_str()])), "callback")
    }

    pub(crate) fn settings(project: &ProjectId) -> Self {
        Self::new(project_partition(project), "settings")
    }

    pub(crate) fn integration(project: &ProjectId, provider: Provider) -> Self {
        Self::new(project_partition(project), format!("{INTEGRATIONS}{provider}"))
    }

    pub(crate) fn integration_by_id(id: &IntegrationId) -> Self {
        Self::new(format!("integration#{id}"), "integration")
    }

    pub(crate) fn integration_by_partner_source(source: &str) -> Self {
        Self::new(format!("partner-source#{source}"), "integration")
    }

    pub(crate) fn task(project: &ProjectId, id: TransferId) -> Self {
        Self::new(under(project, "task", id), "task")
    }
}

pub(crate) fn project_partition(project: &ProjectId) -> String {
    format!("project#{project}")
}

pub(crate) fn session_partition(project: &ProjectId, transfer: TransferId) -> String {
    under(project, "session", transfer)
}

pub(crate) fn link_partition(project: &ProjectId, provider: Provider, name: &ProviderSessionId) -> String {
    // The name may contain any visible character, so it stands last.
    under(project, "link", format_args!("{provider}#{name}"))
}

/// Where the messages of a sequence start.
pub(crate) fn message_prefix(sequence: u64) -> String {
    format!("{MESSAGES}{sequence:020}#")
}

/// The index partition of one status and shard.
pub(crate) fn list_key(project: &ProjectId, kind: ListKind, shard: u8) -> String {
    match kind {
        ListKind::Session(status) => format!("project#{project}#session#{status}#{shard}"),
        ListKind::Task(status) => format!("project#{project}#task#{}#{shard}", status.as_str()),
    }
}

/// The shard of a uuid; its last byte is random.
pub(crate) fn shard(id: TransferId) -> u8 {
    let [.., last] = *id.uuid().as_bytes();
    last % LIST_SHARDS
}

fn under(project: &ProjectId, kind: &str, id: impl Display) -> String {
    format!("project#{project}#{kind}#{id}")
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
        Briefing(ProjectId, TransferId),
        Message(ProjectId, TransferId, u64, Direction, SourceId),
        Timeline(ProjectId, TransferId, u64),
        Seen(ProjectId, TransferId, Identity),
        Guard(ProjectId, ConversationSessionId),
        Idempotency(ProjectId, IdempotencyKey),
        Link(ProjectId, Provider, ProviderSessionId),
        Parked(ProjectId, Provider, ProviderSessionId, String),
        Relayed(ProjectId, IntegrationId, SourceId),
        Settings(ProjectId),
        Integration(ProjectId, Provider),
        ById(IntegrationId),
        BySource(String),
        Task(ProjectId, TransferId),
    }

    impl Place {
        fn key(&self) -> Key {
            match self {
                Self::Session(project, id) => Key::session(project, *id),
                Self::Briefing(project, id) => Key::briefing(project, *id),
                Self::Message(project, id, sequence, way, source) => {
                    Key::message(project, *id, *sequence, *way, source)
                }
                Self::Timeline(project, id, sequence) => Key::timeline(project, *id, *sequence),
                Self::Seen(project, id, identity) => Key::seen(project, *id, identity),
                Self::Guard(project, conversation) => Key::guard(project, conversation),
                Self::Idempotency(project, key) => Key::idempotency(project, key),
                Self::Link(project, provider, name) => Key::link(project, *provider, name),
                Self::Parked(project, provider, name, identity) => Key::parked(project, *provider, name, identity),
                Self::Relayed(project, integration, webhook) => Key::relayed(project, integration, webhook),
                Self::Settings(project) => Key::settings(project),
                Self::Integration(project, provider) => Key::integration(project, *provider),
                Self::ById(id) => Key::integration_by_id(id),
                Self::BySource(source) => Key::integration_by_partner_source(source),
                Self::Task(project, id) => Key::task(project, *id),
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
            (plain(), transfer()).prop_map(|(p, t)| Place::Briefing(p, t)),
            (plain(), transfer(), 0..20_u64, direction(), visible())
                .prop_map(|(p, t, s, d, id)| Place::Message(p, t, s, d, id)),
            (plain(), transfer(), 0..20_u64).prop_map(|(p, t, s)| Place::Timeline(p, t, s)),
            (plain(), transfer(), direction(), visible()).prop_map(|(p, t, d, id)| Place::Seen(
                p,
                t,
                Identity::Message(d, id)
            )),
            (plain(), transfer(), visible()).prop_map(|(p, t, id)| Place::Seen(p, t, Identity::Event(id))),
            (plain(), plain()).prop_map(|(p, c)| Place::Guard(p, c)),
            (plain(), visible()).prop_map(|(p, k)| Place::Idempotency(p, k)),
            (plain(), provider(), visible()).prop_map(|(p, v, n)| Place::Link(p, v, n)),
            (plain(), provider(), visible(), "[a1#]{1,3}").prop_map(|(p, v, n, i)| Place::Parked(p, v, n, i)),
            (plain(), plain(), visible()).prop_map(|(p, i, w)| Place::Relayed(p, i, w)),
            plain().prop_map(Place::Settings),
            (plain(), provider()).prop_map(|(p, v)| Place::Integration(p, v)),
            plain().prop_map(Place::ById),
            "[a1#]{1,3}".prop_map(Place::BySource),
            (plain(), transfer()).prop_map(|(p, t)| Place::Task(p, t)),
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
        fn timeline_keys_sort_as_their_sequences_do(one in any::<u64>(), other in any::<u64>()) {
            let project = "p".parse().unwrap();
            let transfer = "0193a5c0-7e2b-7abc-8def-000000000000".parse().unwrap();
            let key = |sequence| Key::timeline(&project, transfer, sequence).sk;
            prop_assert_eq!(key(one).cmp(&key(other)), one.cmp(&other));
            prop_assert_eq!(key(one).len(), TIMELINE_KEY_LENGTH);
        }

        #[test]
        fn message_keys_sort_as_their_sequences_do(one in any::<u64>(), other in any::<u64>()) {
            prop_assert_eq!(message_prefix(one).cmp(&message_prefix(other)), one.cmp(&other));
        }
    }

    #[test]
    fn shards_are_spread_over_and_within_bounds() {
        let shards =
            (0..=u8::MAX).map(|last| shard(format!("0193a5c0-7e2b-7abc-8def-0000000000{last:02x}").parse().unwrap()));
        let mut counts = [0; LIST_SHARDS as usize];
        shards.for_each(|shard| counts[usize::from(shard)] += 1);
        assert_eq!(counts, [64; 4]);
    }
}
