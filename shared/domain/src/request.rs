//! What the API asks for: create, send, end.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::apply::later_expiry;
use crate::close::{close, our_end, our_entry};
use crate::{
    AgentName, Author, Call, Cause, Change, Channel, ContactId, ConversationSessionId, Delivery, Direction, EndReason,
    EndedBy, FallbackPlan, Integration, Labels, Lifetime, Marks, Message, MessageCounts, MessageWrite, Metadata, Names,
    Opening, OutgoingMessage, Phase, Predecessor, Priority, Provider, QueueName, ResumeToken, Session, SessionId,
    Signals, Status, TransferId, TransferSettings, Transition, Untold, VoiceCall,
};

/// A validated request for a transfer.
#[derive(Debug, Clone, PartialEq)]
pub struct NewTransfer {
    /// The AI agent's conversation.
    pub conversation_session_id: ConversationSessionId,
    /// The end user.
    pub contact_id: ContactId,
    /// The channel.
    pub channel: Channel,
    /// The AI agent.
    pub agent: AgentName,
    /// The queue; `None` = the project's default.
    pub queue: Option<QueueName>,
    /// How urgent it is; `None` = the project's default.
    pub priority: Option<Priority>,
    /// What it is counted and found by.
    pub labels: Labels,
    /// What is kept as it was said.
    pub request: TransferRequest,
}

/// What a transfer was requested with. Kept apart from the session, because it never changes: only the opening and
/// whoever looks at the whole record need it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TransferRequest {
    /// Why, in the agent's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// What happened so far, in the agent's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub summary: Option<String>,
    /// The caller's own data.
    #[serde(default, skip_serializing_if = "Metadata::is_empty")]
    pub metadata: Metadata,
    /// What the caller gets back with the hand-back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume_token: Option<ResumeToken>,
    /// The session that it follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predecessor: Option<Predecessor>,
    /// What is done, without the caller, when it ends without having served the contact.
    #[serde(default, skip_serializing_if = "FallbackPlan::is_empty")]
    pub fallback: FallbackPlan,
    /// The call that the runtime brings, if it is one and was described.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub voice: Option<VoiceCall>,
    /// What else the representative is told at the opening.
    #[serde(flatten)]
    pub briefing: Briefing,
}

/// What the representative is told at the opening, beside reason and summary.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Briefing {
    /// Skills that the representative should have.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skills: Vec<String>,
    /// The contact's language (BCP 47).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// Who the contact is.
    #[serde(default, skip_serializing_if = "ContactDetails::is_unknown")]
    pub contact: ContactDetails,
    /// The conversation so far, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub history: Vec<HistoryTurn>,
}

/// Who the contact is. Personal data: it never reaches a log.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ContactDetails {
    /// The name to be shown to the representative.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// E-mail address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Telephone number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
}

impl ContactDetails {
    /// Whether nothing is known.
    pub fn is_unknown(&self) -> bool {
        *self == Self::default()
    }
}

/// One turn of the conversation before the transfer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HistoryTurn {
    /// Who said it.
    pub role: HistoryRole,
    /// What was said.
    pub text: String,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<DateTime<Utc>>,
}

/// Who spoke before the transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum HistoryRole {
    /// The end user.
    Contact,
    /// The AI agent.
    Agent,
    /// A human of a contact centre, in an earlier transfer.
    Representative,
    /// None of them.
    System,
}

/// Why a session takes no more requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// Its time to live is over, whether or not its record still stands.
    #[error("the transfer has expired")]
    Expired,
    /// It ended.
    #[error("the transfer has ended")]
    Ended,
}

/// Creates the session. The transition is based on version 0: there must be none yet. `other_providers` are those that
/// the project has configured beside the integration's.
pub fn create(
    request: NewTransfer,
    transfer_id: TransferId,
    integration: &Integration,
    other_providers: Vec<Provider>,
    settings: &TransferSettings,
    now: DateTime<Utc>,
) -> (Transition, TransferRequest) {
    let routing = &settings.default_routing;
    let lifetime = Lifetime::of(&settings.session_lifecycle, request.channel, integration.timers);
    let session = Session {
        project_id: integration.project_id.clone(),
        session_id: SessionId {
            transfer: transfer_id,
            conversation: request.conversation_session_id,
            channel: request.channel,
        },
        contact_id: request.contact_id,
        agent: request.agent,
        provider: integration.provider,
        integration_id: integration.integration_id.clone(),
        target: String::new(),
        signals: Signals::default(),
        labels: request.labels,
        requested_queue: request.queue.unwrap_or_else(|| routing.queue.clone()),
        names: Names::default(),
        priority: request.priority.unwrap_or(routing.priority),
        created_at: now,
        updated_at: now,
        last_message_at: None,
        phase: Phase::Open,
        hand_back: None,
        fallback: request.request.fallback.outcomes(),
        successor: None,
        expires_at: lifetime.expiry_after_activity(now),
        due_at: None,
        lifetime,
        list_shards: settings.list_shards,
        post_agent_action: routing.post_agent_action,
        facts_version: 0,
        newest_event: None,
        newest_event_before_end: None,
        opening: Opening::Requested { attempts: 0 },
        next_opening_call: None,
        closing_attempted: false,
        closed: false,
        hold: None,
        marks: Marks::default(),
        last_outbound: 0,
        waiting_from: None,
        counts: MessageCounts::default(),
        first_reply: None,
        unproven: Vec::new(),
        call: Call::of(request.channel, request.request.voice.is_some(), integration.hears),
        other_providers,
        untold: Some(Untold::default()),
        version: 0,
        changes: Vec::new(),
    };
    let mut transition = Transition::of(&session);
    let predecessor = request.request.predecessor.as_ref();
    transition.change(now, Change::Requested { predecessor: predecessor.map(|it| it.session_id.clone()) });
    if let Some(Predecessor { session_id, by }) = predecessor {
        our_entry(&mut transition, "follows", (*by).into(), Some(session_id.to_string()), now);
    }
    (transition.finish(now), request.request)
}

/// Accepts a message of the contact and moves the expiry by the session's TTL.
pub fn accept_message(session: &Session, message: OutgoingMessage, now: DateTime<Utc>) -> Result<Transition, Closed> {
    session.require_open(now)?;
    let mut transition = Transition::of(session);
    let sequence = transition.change(now, Change::MessageAccepted);
    let session = &mut transition.session;
    session.last_outbound = sequence;
    let somebody_takes_it = session.opening == Opening::Opened && session.status() == Status::Active;
    session.waiting_from = (!somebody_takes_it).then(|| session.waiting_from.unwrap_or(sequence));
    session.last_message_at = Some(now);
    session.expires_at = later_expiry(session, now);
    session.counts.from_contact += 1;
    transition.messages.push(MessageWrite::New(Message {
        sequence,
        message_id: message.message_id,
        direction: Direction::Outbound,
        author: Author::Contact,
        unproven: None,
        text: message.text,
        truncated: false,
        attachments: message.attachments,
        content: message.content,
        reply: message.reply,
        delivery: Delivery::Pending,
        accepted_at: now,
        sent_at: None,
        late: false,
        redacted: message.redacted,
        receipt: None,
    }));
    Ok(transition.finish(now))
}

/// Ends a session by request. A session that no representative joined yet is cancelled rather than ended, unless an
/// operator does it.
pub fn end(session: &Session, by: EndedBy, now: DateTime<Utc>) -> Result<Transition, Closed> {
    session.require_open(now)?;
    let waiting = matches!(session.status(), Status::Pending | Status::Queued);
    let reason = match by {
        EndedBy::Operator => EndReason::OperatorEnded,
        EndedBy::Contact | EndedBy::Agent if waiting => EndReason::CancelledInQueue,
        EndedBy::Contact => EndReason::ContactEnded,
        EndedBy::Agent => EndReason::AgentEnded,
        EndedBy::Representative => EndReason::RepresentativeEnded,
        EndedBy::System => EndReason::ProviderDisconnected,
    };
    let mut transition = Transition::of(session);
    let closing = our_end(&transition, by, reason, Cause::Api, now);
    close(&mut transition, closing, now);
    our_entry(&mut transition, "ended", Cause::Api, Some(reason.to_string()), now);
    Ok(transition.finish(now))
}

impl Session {
    /// Whether it takes requests, or why not.
    pub fn require_open(&self, now: DateTime<Utc>) -> Result<(), Closed> {
        let expired = self.end().map_or_else(|| self.is_expired(now), |end| end.reason == EndReason::Expired);
        if expired {
            Err(Closed::Expired)
        } else if self.is_ended() {
            Err(Closed::Ended)
        } else {
            Ok(())
        }
    }
}
