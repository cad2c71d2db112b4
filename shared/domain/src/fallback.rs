//! How one session follows another: because the caller says so, or by the fallback plan that came with the request.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::close::our_entry;
use crate::{
    Author, Briefing, Cause, Change, Direction, HandedBack, HistoryRole, HistoryTurn, LinkedBy, Message, NewTransfer,
    Next, Outcome, PostAgentAction, Provider, QueueName, Session, SessionId, TransferRequest, Transition,
};

/// The most steps of a plan.
pub const MAX_FALLBACK_STEPS: usize = 3;
/// The most turns that a history can have.
pub const MAX_HISTORY_TURNS: usize = 500;
/// How much text is carried along from a predecessor, in bytes: of a longer talk the end.
const MAX_CARRIED_BYTES: usize = 96 * 1024;

/// What is done, without the caller, when a transfer ends without having served the contact. Of the steps that are for an
/// outcome, the first that can be done is; those behind it stay for what follows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FallbackPlan(Vec<FallbackStep>);

/// One step of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackStep {
    /// For which outcomes.
    pub on: BTreeSet<Outcome>,
    /// What is done.
    pub instead: Instead,
}

/// What a step does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Instead {
    /// It asks again, elsewhere.
    Transfer {
        /// Where; `None` = the same contact centre.
        provider: Option<Provider>,
        /// The queue; `None` = the project's default.
        queue: Option<QueueName>,
    },
    /// The AI agent goes on, whatever the project's setting says.
    ContinueWithAgent,
}

/// Why steps are no plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be at most 3 steps")]
pub struct TooManySteps;

impl TryFrom<Vec<FallbackStep>> for FallbackPlan {
    type Error = TooManySteps;

    fn try_from(steps: Vec<FallbackStep>) -> Result<Self, TooManySteps> {
        if steps.len() > MAX_FALLBACK_STEPS { Err(TooManySteps) } else { Ok(Self(steps)) }
    }
}

impl FallbackPlan {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Its steps, in their order.
    pub fn steps(&self) -> &[FallbackStep] {
        &self.0
    }

    /// The steps that are for an outcome, each with its place from 0.
    pub fn steps_for(&self, outcome: Outcome) -> impl Iterator<Item = (usize, &FallbackStep)> {
        self.0.iter().enumerate().filter(move |(_, step)| step.on.contains(&outcome))
    }

    /// What is left of it after a step.
    #[must_use]
    pub fn behind(&self, place: usize) -> Self {
        Self(self.0.iter().skip(place + 1).cloned().collect())
    }

    /// What it is kept as with the session, which moves.
    pub fn outcomes(&self) -> FallbackOutcomes {
        let mut known = FallbackOutcomes::default();
        for step in &self.0 {
            for outcome in step.on.iter().copied().filter(|outcome| !known.has(*outcome)).collect::<Vec<_>>() {
                match step.instead {
                    Instead::Transfer { .. } => known.transfer.insert(outcome),
                    Instead::ContinueWithAgent => known.agent.insert(outcome),
                };
            }
        }
        known
    }
}

/// The session that another follows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Predecessor {
    /// Which.
    pub session_id: SessionId,
    /// Why it is followed.
    pub by: LinkedBy,
}

/// For which outcomes there is a step, and what its first one does.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FallbackOutcomes {
    /// Those after which we ask again.
    pub transfer: BTreeSet<Outcome>,
    /// Those after which the AI agent goes on.
    pub agent: BTreeSet<Outcome>,
}

impl FallbackOutcomes {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.transfer.is_empty() && self.agent.is_empty()
    }

    fn has(&self, outcome: Outcome) -> bool {
        self.transfer.contains(&outcome) || self.agent.contains(&outcome)
    }
}

impl Outcome {
    /// Whether a plan can have a step for it: not where a human was there to the end, nor where the contact or the caller
    /// wanted no more.
    pub const fn can_fall_back(self) -> bool {
        match self {
            Self::Served | Self::Abandoned | Self::Cancelled => false,
            Self::NoRepresentatives
            | Self::OutsideHours
            | Self::Declined
            | Self::Expired
            | Self::Rejected
            | Self::Unreachable
            | Self::Unconfirmed
            | Self::Dropped
            | Self::Failed => true,
        }
    }
}

/// Why a session cannot be followed by another.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotFollowed {
    /// It goes on.
    #[error("the transfer is open")]
    Open,
    /// It has a successor.
    #[error("the transfer is followed by another")]
    By(SessionId),
    /// It is another contact's.
    #[error("the transfer is of another contact")]
    OtherContact,
}

impl Session {
    /// Whether a step of its plan is to be done that nobody has done yet.
    pub fn falls_back(&self) -> bool {
        self.successor.is_none() && self.next() == Next::Fallback
    }

    /// What is to happen after it; while it lives, what the project's setting says.
    pub fn next(&self) -> Next {
        let has = |set: &BTreeSet<Outcome>| self.outcome().is_some_and(|outcome| set.contains(&outcome));
        if has(&self.fallback.transfer) {
            Next::Fallback
        } else if has(&self.fallback.agent) {
            Next::ReturnToAgent
        } else {
            self.post_agent_action.into()
        }
    }
}

impl From<PostAgentAction> for Next {
    fn from(action: PostAgentAction) -> Self {
        match action {
            PostAgentAction::ReturnToAgent => Self::ReturnToAgent,
            PostAgentAction::EndSession => Self::EndSession,
        }
    }
}

/// Links an ended session to the one that follows it. What is done by the plan needs nobody's acknowledgment: its hand-back
/// is taken by the successor.
pub fn follow(
    predecessor: &Session,
    successor: &Session,
    by: LinkedBy,
    now: DateTime<Utc>,
) -> Result<Transition, NotFollowed> {
    if let Some(known) = &predecessor.successor {
        return Err(NotFollowed::By(known.clone()));
    }
    if !predecessor.is_ended() {
        return Err(NotFollowed::Open);
    }
    if predecessor.contact_id != successor.contact_id {
        return Err(NotFollowed::OtherContact);
    }
    let mut transition = Transition::of(predecessor);
    let session = &mut transition.session;
    session.successor = Some(successor.session_id.clone());
    if by == LinkedBy::Fallback {
        session.hand_back = session.hand_back.map(|handed| HandedBack { acknowledged_at: Some(now), ..handed });
    }
    let (provider, queue) = (successor.provider, successor.requested_queue.clone());
    let detail = format!("{}, {provider}, {}", successor.session_id, queue.as_str());
    transition.change(now, Change::Followed { successor: successor.session_id.clone(), provider, queue, by });
    our_entry(&mut transition, "followed", by.into(), Some(detail), now);
    Ok(transition.finish(now))
}

/// Records that no step could be done that asks again: the hand-back is told once more, to be taken by the runtime. `None` if
/// there is nothing to be done any more.
pub fn give_up_fallback(session: &Session, left: &Instead, why: String, now: DateTime<Utc>) -> Option<Transition> {
    let outcome = session.outcome().filter(|_| session.falls_back())?;
    let mut transition = Transition::of(session);
    let fallback = &mut transition.session.fallback;
    fallback.transfer.remove(&outcome);
    if *left == Instead::ContinueWithAgent {
        fallback.agent.insert(outcome);
    }
    transition.hand_back_again(now);
    our_entry(&mut transition, "fallback_given_up", Cause::Fallback, Some(why), now);
    Some(transition.finish(now))
}

impl From<LinkedBy> for Cause {
    fn from(by: LinkedBy) -> Self {
        match by {
            LinkedBy::Caller => Self::Api,
            LinkedBy::Fallback => Self::Fallback,
        }
    }
}

/// What a step asks for, instead of a transfer that ended: the same, with what was said meanwhile.
pub fn instead_of(
    ended: &Session,
    request: TransferRequest,
    place: usize,
    queue: Option<QueueName>,
    said: &[Message],
) -> NewTransfer {
    let mut request = request;
    request.fallback = request.fallback.behind(place);
    request.predecessor = Some(Predecessor { session_id: ended.session_id.clone(), by: LinkedBy::Fallback });
    request.briefing.carry(said);
    NewTransfer {
        conversation_session_id: ended.session_id.conversation.clone(),
        contact_id: ended.contact_id.clone(),
        channel: ended.channel(),
        agent: ended.agent.clone(),
        queue,
        priority: Some(ended.priority),
        labels: ended.labels.clone(),
        request,
    }
}

impl Briefing {
    /// Adds what was said in a predecessor, oldest first, to the end of the history. Of what is too long the end is kept.
    pub fn carry(&mut self, said: &[Message]) {
        let mut bytes = 0;
        let turns = said.iter().rev().filter_map(turn).take_while(|turn| {
            bytes += turn.text.len();
            bytes <= MAX_CARRIED_BYTES
        });
        let mut carried: Vec<_> = turns.take(MAX_HISTORY_TURNS).collect();
        carried.reverse();
        let too_many = (self.history.len() + carried.len()).saturating_sub(MAX_HISTORY_TURNS);
        self.history.drain(..too_many.min(self.history.len()));
        self.history.append(&mut carried);
    }
}

/// What a message says to somebody who reads it later.
fn turn(message: &Message) -> Option<HistoryTurn> {
    let role = match (message.direction, message.author) {
        (Direction::Outbound, _) | (Direction::Inbound, Author::Contact) => HistoryRole::Contact,
        (Direction::Inbound, Author::Representative) => HistoryRole::Representative,
        (Direction::Inbound, Author::Provider) => HistoryRole::System,
    };
    let files = message.attachments.iter().map(|file| file.name.as_deref().unwrap_or(file.url.as_str()));
    let lines: Vec<&str> = std::iter::once(message.text.as_str()).chain(files).filter(|it| !it.is_empty()).collect();
    let text = lines.join("\n");
    let at = message.sent_at.unwrap_or(message.accepted_at);
    (!text.is_empty()).then_some(HistoryTurn { role, text, at: Some(at) })
}
