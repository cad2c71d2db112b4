//! What happened in a conversation of enhanced chat, by looking (`docs/contracts/salesforce.md`, "Looking").

use http::Method;
use serde_json::{Map, Value};
use transfer_domain::{Conversation, Correlation, EventKind, Order, ProviderEvent, ProviderSessionId, SourceId};

use super::access::Access;
use super::miaw::{Miaw, conversation};
use crate::CallError;
use crate::client::Call;
use crate::reading::text;
use crate::salesforce::inbound::entry::{self, Entry, Routing};
use crate::told::{self, note};

/// In the state of a session: from when on entries are asked for, in milliseconds since the epoch.
const SINCE: &str = "entriesSince";

/// What is asked for; the life of the session beyond it is told by the relay.
const ENTRY_TYPES: &str = "Message,ParticipantChanged,RoutingResult";

/// The vendor gives no more at once.
const PAGE: usize = 50;

/// More pages wait for the next look.
const MAX_PAGES: usize = 4;

/// An entry may be written down a little later than its time says.
const OVERLAP_MS: i64 = 1000;

impl Miaw<'_> {
    /// The entries since the last look, which may repeat some, and what must be remembered for the next one.
    pub(super) async fn look(&self) -> Result<Vec<ProviderEvent>, CallError> {
        let mut access = self.access().await?;
        if access.is_old(self.connection.now()) {
            access = self.renew(&access).await?;
        }
        let routing = self.routing(&mut access).await?;
        let since = self.session.facts.state.get(SINCE).and_then(Value::as_i64);
        let (entries, newest) = self.entries(&mut access, since.unwrap_or_default()).await?;
        let correlation = correlation(self.session);
        let mut events: Vec<ProviderEvent> = entries
            .iter()
            .flat_map(|one| entry::events(self.settings, &Entry::of(one), &correlation, None, Some(routing)))
            .collect();
        if self.session.is_unconfirmed() {
            // That it can be asked about proves that it is there.
            events.insert(0, event(self.session, &correlation, EventKind::Accepted));
        }
        let next = newest.map(|newest| newest - OVERLAP_MS).filter(|next| Some(*next) > since);
        let mut state = access.state();
        state.extend(next.map(|next| (SINCE.to_owned(), Value::from(next))));
        Ok(remembering(events, self.session, &correlation, &state))
    }

    async fn routing(&self, access: &mut Access) -> Result<Routing, CallError> {
        let call = Call::new(Method::GET, self.conversation_url(&[])?);
        let told: Value = self.exchange(access, call).await?.read()?;
        Ok(match text(&told, "/routingStatus") {
            Some("TRANSFER") => Routing::Transfer,
            Some("INITIAL") => Routing::Initial,
            Some("NEEDS_ROUTING") => Routing::Unrouted,
            Some(_) | None => Routing::Other,
        })
    }

    /// All entries from a time on, and the time of the newest.
    async fn entries(&self, access: &mut Access, since: i64) -> Result<(Vec<Value>, Option<i64>), CallError> {
        let mut found = Vec::new();
        let mut newest = None;
        for _ in 0..MAX_PAGES {
            let from = newest.unwrap_or(since);
            let page = self.page(access, from).await?;
            let full = page.len() >= PAGE;
            newest = page.iter().filter_map(|one| Some(Entry::of(one).at()?.timestamp_millis())).max().max(newest);
            found.extend(page);
            if !full || newest.unwrap_or(since) <= from {
                break;
            }
        }
        Ok((found, newest))
    }

    async fn page(&self, access: &mut Access, from: i64) -> Result<Vec<Value>, CallError> {
        let mut url = self.conversation_url(&["entries"])?;
        url.query_pairs_mut()
            .append_pair("limit", &PAGE.to_string())
            .append_pair("startTimestamp", &from.max(0).to_string())
            .append_pair("direction", "FromStart")
            .append_pair("entryTypeFilter", ENTRY_TYPES);
        let mut told: Value = self.exchange(access, Call::new(Method::GET, url)).await?.read()?;
        match told.get_mut("conversationEntries").map(Value::take) {
            Some(Value::Array(entries)) => Ok(entries),
            Some(_) | None => Ok(Vec::new()),
        }
    }
}

fn correlation(session: &Conversation) -> Correlation {
    let provider_session_id = ProviderSessionId::new(conversation(session)).ok();
    Correlation { transfer_id: Some(session.transfer_id()), provider_session_id }
}

/// Lets the events carry what must be remembered; where there are none, one of its own does.
fn remembering(
    mut events: Vec<ProviderEvent>,
    session: &Conversation,
    correlation: &Correlation,
    state: &Map<String, Value>,
) -> Vec<ProviderEvent> {
    if state.is_empty() {
        return events;
    }
    // Repeated entries are dropped with what they carry, so the carrier is always one that was never seen.
    events.push(ProviderEvent { provider_state: state.clone(), ..event(session, correlation, note("looked", None)) });
    events
}

/// An event that is ours: what was found out, rather than said.
fn event(session: &Conversation, correlation: &Correlation, kind: EventKind) -> ProviderEvent {
    let repeatable = matches!(kind, EventKind::Note { .. });
    let source_id = SourceId::new(format!("poll-{}-{}", kind.word(), session.transfer_id())).ok();
    told::event(correlation.clone(), Order::Arrival, source_id.filter(|_| !repeatable), kind)
}
