//! What must be done at the provider. `relay-changes` sends these, `deliver` carries them out.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    Change, FallbackOutcomes, Labels, Opening, ProjectId, ReceiptState, Representative, SequencedChange, Session,
    Signals, SourceId, TransferId, Typing,
};

/// One thing to do for a session, in the session's order. Idempotent: it says what must be true, not what to add.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Command {
    /// The tenant.
    pub project_id: ProjectId,
    /// The session.
    pub transfer_id: TransferId,
    /// The change that it follows from.
    pub sequence: u64,
    /// What to do.
    pub action: Action,
}

/// What to do at the provider.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Action {
    /// Open the conversation.
    Open,
    /// Deliver one outbound message.
    Message {
        /// Its sequence.
        sequence: u64,
    },
    /// Deliver every outbound message that waits.
    WaitingMessages {
        /// The sequence of the first that may wait.
        from: u64,
        /// The sequence of the last.
        through: u64,
    },
    /// Find out the name of a representative whom the provider's events identify by id only.
    Identify {
        /// The provider's id of the person.
        representative: String,
    },
    /// Tell that the contact types, or stopped.
    Typing(Typing),
    /// Tell how far messages of the contact centre came at the contact.
    Acknowledge {
        /// The provider's ids of them.
        messages: Vec<SourceId>,
        /// How far.
        state: ReceiptState,
    },
    /// Apply the provider's events that came before the session's link.
    ApplyParked,
    /// Look how the conversation stands at the provider.
    Look {
        /// Only where the provider tells by being asked what others tell by callbacks.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        only_polled: bool,
    },
    /// Do the step of the fallback plan that is for the session's outcome.
    FallBack,
    /// Settle what is undelivered and close the provider's conversation.
    Close,
    /// The record is gone: close by the last image, then remove what hangs on the session.
    Forget {
        /// The last image, as far as closing and forgetting need it.
        last: Box<Session>,
    },
}

impl Command {
    /// Unique per change and action: what a FIFO queue and a redelivery are recognised by.
    pub fn deduplication_id(&self) -> String {
        let action = match &self.action {
            Action::Open => "open",
            Action::Message { .. } => "message",
            Action::WaitingMessages { .. } => "waiting-messages",
            Action::Identify { .. } => "identify",
            Action::Typing(typing) => {
                let state = if typing.on { "started" } else { "stopped" };
                return format!("{}-typing-{state}-{}", self.transfer_id, typing.at.timestamp_millis());
            }
            Action::Acknowledge { .. } => "acknowledge",
            Action::ApplyParked => "apply-parked",
            Action::Look { .. } => "look",
            Action::FallBack => "fall-back",
            Action::Close => "close",
            Action::Forget { .. } => "forget",
        };
        format!("{}-{}-{action}", self.transfer_id, self.sequence)
    }

    /// Commands of one group are carried out one after another. Courtesies, looking and falling back have groups of their
    /// own: nothing else of the session waits for them, nor they for a contact centre that is not reached.
    pub fn group(&self) -> String {
        match &self.action {
            Action::Look { .. } => format!("{}-look", self.transfer_id),
            Action::FallBack => format!("{}-fallback", self.transfer_id),
            Action::Typing(_) | Action::Acknowledge { .. } => format!("{}-courtesy", self.transfer_id),
            Action::Open
            | Action::Message { .. }
            | Action::WaitingMessages { .. }
            | Action::Identify { .. }
            | Action::ApplyParked
            | Action::Close
            | Action::Forget { .. } => self.transfer_id.to_string(),
        }
    }

    /// What must be done because of one change of a session, in order.
    pub fn after(session: &Session, change: &SequencedChange) -> Vec<Self> {
        let through = session.last_outbound.min(change.sequence);
        let deliver_waiting =
            session.waiting_from.filter(|from| *from <= through).map(|from| Action::WaitingMessages { from, through });
        let actions = match &change.change {
            Change::Requested { .. } if session.brings_call() => vec![],
            Change::Requested { .. } => vec![Action::Open],
            // One that was accepted while others waited must not overtake them.
            Change::MessageAccepted => match session.waiting_from {
                Some(from) if from < change.sequence => {
                    vec![Action::WaitingMessages { from, through: change.sequence }]
                }
                Some(_) | None => vec![Action::Message { sequence: change.sequence }],
            },
            Change::Accepted { .. } => {
                deliver_waiting.into_iter().chain([Action::Look { only_polled: true }]).collect()
            }
            Change::Queued { .. } | Change::PostAgent => deliver_waiting.into_iter().collect(),
            Change::RepresentativeJoined { representative } => {
                deliver_waiting.into_iter().chain(identify(representative.as_ref())).collect()
            }
            Change::Linked => vec![Action::ApplyParked],
            Change::Ended { .. } => fall_back(session).into_iter().chain([Action::Close]).collect(),
            Change::Orphaned => vec![Action::Close],
            Change::Checked { unsettled } => asked_again(session, *unsettled, change.occurred_at),
            Change::MessagesAcknowledged { .. } if session.is_ended() => vec![],
            Change::MessagesAcknowledged { message_ids, state } => {
                vec![Action::Acknowledge { messages: message_ids.clone(), state: *state }]
            }
            Change::RepresentativeLeft { .. }
            | Change::MessageReceived { .. }
            | Change::Typing { .. }
            | Change::Survey { .. }
            | Change::HandedBack
            | Change::Followed { .. }
            | Change::HandBackOpen
            | Change::Expiring { .. }
            | Change::Silent { .. }
            | Change::UnknownThere { .. }
            | Change::Stale
            | Change::Delayed { .. } => vec![],
        };
        actions.into_iter().map(|action| Self::of(session, change.sequence, action)).collect()
    }

    /// What must be done because the session's record was removed.
    pub fn after_removal(last: Session) -> Self {
        let last = Box::new(what_closing_needs(last));
        let mut command = Self::of(&last, last.version + 1, Action::Close);
        command.action = Action::Forget { last };
        command
    }

    pub(crate) fn of(session: &Session, sequence: u64, action: Action) -> Self {
        Self { project_id: session.project_id.clone(), transfer_id: session.transfer_id(), sequence, action }
    }
}

/// What may have been lost of what is to be done, and how the session stands at the provider.
fn asked_again(session: &Session, unsettled: Option<u64>, now: DateTime<Utc>) -> Vec<Action> {
    if session.is_ended() {
        return fall_back(session).into_iter().chain([Action::Close]).collect();
    }
    match session.opening {
        Opening::Requested { .. } | Opening::Attempted { .. } if session.brings_call() => vec![],
        Opening::Requested { .. } | Opening::Attempted { .. } => vec![Action::Open],
        Opening::Opened | Opening::Unconfirmed => {
            let through = session.last_outbound;
            let messages = unsettled.map(|from| Action::WaitingMessages { from, through });
            let is_asked = session.asked_from().is_none_or(|from| from <= now);
            messages.into_iter().chain(is_asked.then_some(Action::Look { only_polled: false })).collect()
        }
        Opening::Abandoned => vec![],
    }
}

fn fall_back(session: &Session) -> Option<Action> {
    session.falls_back().then_some(Action::FallBack)
}

fn identify(representative: Option<&Representative>) -> Option<Action> {
    let nameless = representative.filter(|who| who.name.is_none())?;
    Some(Action::Identify { representative: nameless.id.clone()? })
}

/// Without whatever people and providers wrote: a queue need not carry it, could refuse it, and keeps it for days.
fn what_closing_needs(last: Session) -> Session {
    Session {
        signals: Signals::default(),
        labels: Labels::default(),
        unproven: Vec::new(),
        other_providers: Vec::new(),
        fallback: FallbackOutcomes::default(),
        successor: None,
        changes: Vec::new(),
        ..last
    }
}
