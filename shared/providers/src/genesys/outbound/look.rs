//! How a conversation stands, by looking at its participants (`docs/contracts/genesys.md`, "Looking").

use chrono::{DateTime, Utc};
use http::Method;
use serde_json::Value;
use transfer_domain::{Conversation, EndReason, EndedBy, EventKind, ProviderEvent, Representative};

use super::Client;
use crate::CallError;
use crate::client::Call;
use crate::genesys::inbound::lifecycle;
use crate::genesys::representative;
use crate::reading::{source_id, text, time};
use crate::told::{self, ended, left, of_session, place, queued};

/// The contact's participant; of several, the newest.
pub(super) fn customer(conversation: &Value) -> Option<&Value> {
    participants(conversation).filter(|one| text(one, "/purpose") == Some("customer")).last()
}

/// Whether a participant is gone for good.
pub(super) fn is_over(participant: &Value) -> bool {
    matches!(text(participant, "/state"), Some("disconnected" | "terminated"))
}

/// What the participants say, each at its own time, so that it takes its place among the events of other sources.
pub(super) fn events(conversation: &Value, session: &Conversation) -> Vec<ProviderEvent> {
    let is_call = session.session.call.is_some();
    let said =
        participants(conversation).flat_map(|one| said_by(one, is_call).into_iter().map(move |said| (one, said)));
    said.map(|(participant, (at, kind))| event(participant, at, kind, session)).collect()
}

fn participants(conversation: &Value) -> impl Iterator<Item = &Value> {
    conversation.pointer("/participants").and_then(Value::as_array).into_iter().flatten()
}

fn said_by(participant: &Value, is_call: bool) -> Vec<(Option<DateTime<Utc>>, EventKind)> {
    let connected_at = time(participant, "/connectedTime");
    let ended_at = time(participant, "/endTime");
    let connected = text(participant, "/state") == Some("connected");
    match text(participant, "/purpose") {
        Some("customer") if is_over(participant) => vec![(ended_at, ended(closed(participant, is_call)))],
        Some("acd") if connected => vec![(connected_at, queued(None, None))],
        Some("agent" | "user") => representative_said(participant, connected, connected_at, ended_at),
        Some(_) | None => Vec::new(),
    }
}

/// Who ended it, and why. Of a call it matters whether somebody hung up, and its customer's participant tells.
fn closed(customer: &Value, is_call: bool) -> (EndedBy, EndReason) {
    let told = text(customer, "/disconnectType").filter(|_| is_call);
    told.map_or((EndedBy::System, EndReason::Reconciled), |how| {
        lifecycle::closed(&how.to_ascii_uppercase().replace('.', "_"))
    })
}

/// A representative who was never connected only heard the alert.
fn representative_said(
    participant: &Value,
    connected: bool,
    connected_at: Option<DateTime<Utc>>,
    ended_at: Option<DateTime<Utc>>,
) -> Vec<(Option<DateTime<Utc>>, EventKind)> {
    let user = text(participant, "/user/id").or_else(|| text(participant, "/userId"));
    let who = Representative { name: text(participant, "/user/name").map(str::to_owned), ..representative(user) };
    let was_connected = is_over(participant) && connected_at.is_some();
    if !connected && !was_connected {
        return Vec::new();
    }
    let mut said = vec![(connected_at, EventKind::RepresentativeJoined(who.clone()))];
    if is_over(participant) {
        let kind = text(participant, "/disconnectType").unwrap_or_default().to_ascii_uppercase();
        let transferred = kind.contains("TRANSFER") || kind == "TAKEOVER";
        said.push((ended_at, left(Some(who), transferred)));
    }
    said
}

fn event(participant: &Value, at: Option<DateTime<Utc>>, kind: EventKind, session: &Conversation) -> ProviderEvent {
    let told = at.map(|at| at.timestamp_millis().to_string()).unwrap_or_default();
    let id = text(participant, "/id").unwrap_or_default();
    let source_id = source_id(&["poll", kind.word(), id, &told]);
    told::event(of_session(session), place(at), source_id, kind)
}

impl Client<'_> {
    /// Events name a representative by id only; looking the name up is worth one call and no failure.
    pub(super) async fn name_representative(&self, found: &mut [ProviderEvent]) {
        for event in found {
            if let EventKind::RepresentativeJoined(Representative { id: Some(id), name: name @ None }) = &mut event.kind
            {
                *name = self.user_name(id).await.ok().flatten();
            }
        }
    }

    /// The display name of a user.
    pub(super) async fn user_name(&self, id: &str) -> Result<Option<String>, CallError> {
        let user: Value =
            self.made(Call::new(Method::GET, self.api.url(&["api", "v2", "users", id])?)).await?.read()?;
        Ok(text(&user, "/name").map(str::to_owned))
    }

    /// The expected wait in the queue that the contact is in, if the routing interface tells it.
    pub(super) async fn tell_wait(&self, conversation: &Value, found: &mut [ProviderEvent]) {
        let waiting = participants(conversation)
            .find(|one| text(one, "/purpose") == Some("acd") && text(one, "/state") == Some("connected"));
        let Some(queue) = waiting.and_then(|acd| text(acd, "/queue/id").or_else(|| text(acd, "/queueId"))) else {
            return;
        };
        let path = ["api", "v2", "routing", "queues", queue, "mediatypes", "message", "estimatedwaittime"];
        let Some(answer) = self.ask(&path).await else { return };
        let seconds = answer.pointer("/results/0/estimatedWaitTimeSeconds").and_then(Value::as_u64);
        for event in found {
            if let EventKind::Queued { estimated_wait_seconds, .. } = &mut event.kind {
                *estimated_wait_seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
            }
        }
    }

    /// A question whose answer is not needed.
    async fn ask(&self, path: &[&str]) -> Option<Value> {
        self.made(Call::new(Method::GET, self.api.url(path).ok()?)).await.ok()?.read().ok()
    }
}
