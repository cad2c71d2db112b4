//! What each provider's signals mean (`docs/contracts`, "Status"), row by row.

pub(super) mod five9;
pub(super) mod genesys;
pub(super) mod salesforce;
pub(super) mod servicenow;
pub(super) mod smartassist;

use chrono::DateTime;
use serde_json::{Value, json};
use simulators::bus::PartnerEvent;
use simulators::{Act, EndedBy, Operation, Taken};

use super::{Bench, Transfer};

/// One row: in this status, this signal leads to that one.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The signal, as the provider names it.
    pub signal: &'static str,
    /// Where the session stands before it.
    pub from: Stage,
    /// The signal on its way.
    pub tells: fn(&Transfer<'_>) -> Vec<Tell>,
    /// The status that it leads to.
    pub becomes: &'static str,
    /// The reasons that it may end with, if it ends.
    pub reasons: &'static [&'static str],
}

/// Where a session stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The contact centre has it.
    Pending,
    /// In a queue.
    Queued,
    /// With a representative.
    Active,
    /// The representative is gone.
    PostAgent,
}

/// One signal of a contact centre.
#[derive(Debug, Clone)]
pub enum Tell {
    /// What its simulator makes of an act.
    Act(Act),
    /// A callback of this body; where the path says what happened, with this word.
    Callback(Value, &'static str),
    /// An event of our relay's own form.
    Relay(Value),
    /// An event on the partner's bus.
    Event(PartnerEvent),
    /// The contact's end.
    End,
    /// A message of the contact to a conversation that is gone.
    Gone,
}

impl Row {
    /// Plays it; panics if it does not hold.
    pub(super) async fn play(&self, bench: &Bench) {
        let transfer = bench.opened().await;
        self.from.reached_by(&transfer).await;
        for signal in (self.tells)(&transfer) {
            signal.sent(&transfer).await;
            bench.settle().await;
        }
        let detail = transfer.detail().await;
        assert_eq!(detail.str("status"), self.becomes, "{}", detail.text);
        assert_eq!(detail.body["endReason"].is_string(), !self.reasons.is_empty(), "{}", detail.text);
        let reason = detail.str("endReason");
        assert!(self.reasons.is_empty() || self.reasons.contains(&reason.as_str()), "{}", detail.text);
    }
}

impl Stage {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Queued => "queued",
            Self::Active => "active",
            Self::PostAgent => "post_agent",
        }
    }

    async fn reached_by(self, transfer: &Transfer<'_>) {
        match self {
            Self::Pending => {}
            Self::Queued => transfer.act([Act::Accept, Act::Queue]).await,
            Self::Active => transfer.connect().await,
            Self::PostAgent => {
                transfer.connect().await;
                transfer.act([Act::Leave]).await;
            }
        }
        transfer.stands(self.word()).await;
    }
}

impl Tell {
    /// Sends it; panics if it is not taken.
    pub(super) async fn sent(self, transfer: &Transfer<'_>) {
        let bench = transfer.bench();
        let status = match self {
            Self::Act(act) => return transfer.act_now(&act),
            Self::Relay(body) => bench.relay(&body).await,
            Self::Event(event) => bench.put_event(event).await,
            Self::End => {
                assert_eq!(transfer.end("contact").await.status, 202);
                return;
            }
            Self::Gone => {
                bench.answer_with(Operation::Send, 1, 404, Taken::No);
                return transfer.say("m-gone", "Hello?").await;
            }
            Self::Callback(body, word) => transfer.called_back(&body.to_string(), word).await,
        };
        assert_eq!(status, 200);
    }
}

/// An end by somebody at the contact centre.
fn end(by: EndedBy) -> Vec<Tell> {
    vec![Tell::Act(Act::End(by))]
}

/// An event of our relay (`docs/contracts/relay.md`).
pub(super) fn relayed(transfer: &Transfer<'_>, kind: &str, fields: &Value) -> Vec<Tell> {
    let at = DateTime::from_timestamp_millis(transfer.bench().desk().timer().stamp_ms()).unwrap().to_rfc3339();
    let mut body = json!({ "v": 1, "type": kind, "transfer_id": transfer.key, "occurred_at": at });
    body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    vec![Tell::Relay(body)]
}
