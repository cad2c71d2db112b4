//! The rules of a transfer session: no clock, network or storage.
//!
//! A request or event is decided by a pure function over a [`Session`] and gives a [`Transition`], which the store
//! commits in one conditional write. What leaves the system follows from the [`Change`]s of that write.

mod alternatives;
mod apply;
mod bounds;
mod change;
mod clock;
mod close;
mod command;
mod content;
mod conversation;
mod courtesy;
mod due;
mod endpoint;
mod envelope;
mod erase;
mod event;
mod failing;
mod fallback;
mod follows;
mod hand_back;
mod health;
mod hold;
mod ids;
mod inbox;
mod integration;
mod labels;
mod message;
mod metadata;
mod names;
mod order;
mod outcome;
mod outgoing;
mod overview;
mod priority;
mod provider;
mod redaction;
mod request;
mod results;
mod retry;
#[cfg(feature = "openapi")]
mod schema;
mod session;
mod settings;
mod settlement;
mod signals;
mod standing;
pub mod strict;
mod tell;
mod tick;
mod timeline;
mod token;
mod told;
mod transition;
mod vocabulary;
mod voice;
mod waiting;

pub use alternatives::Alternative;
pub use apply::{apply_events, apply_report, tells_facts};
pub use bounds::{MAX_CONTENT_BYTES, MAX_FACT_BYTES, MAX_MESSAGE_BYTES, MAX_NAME_BYTES};
pub use change::{Change, SequencedChange};
pub use clock::{Clock, Ids};
pub use command::{Action, Command};
pub use content::{Choice, FormField, Labelled, MAX_PARTS, Part, PartKind, files_of, text_of};
pub use conversation::{Conversation, ProviderFacts};
pub use courtesy::{Receipt, TYPING_LASTS, TYPING_RENEWED_AFTER, Typing, record_receipts, tell_typing};
pub use due::{CHECKED_EVERY, next_due};
pub use endpoint::{Answered, ENDPOINT_PATIENCE, EndpointHealth, EventEndpoint, MAX_ENDPOINTS, Notice, NoticeRecord};
pub use envelope::{EVENT_SOURCE, Envelope};
pub use erase::FOLLOWS_WITHIN;
pub use event::{Correlation, EventKind, Holds, IncomingMessage, ProviderEvent};
pub use failing::{Failing, SessionError};
pub use fallback::{
    FallbackOutcomes, FallbackPlan, FallbackStep, Instead, MAX_FALLBACK_STEPS, MAX_HISTORY_TURNS, NotFollowed,
    Predecessor, TooManySteps, follow, give_up_fallback, instead_of,
};
pub use follows::{DETAIL_TYPES, Event, Follows, TEST_EVENT};
pub use hand_back::{
    Aftermath, HandBack, HandedBack, InvalidResumeToken, MAX_RESUME_TOKEN_BYTES, NotAcknowledged, ResumeToken, Survey,
    WrapUp, acknowledge,
};
pub use health::IntegrationHealth;
pub use hold::{InVain, in_vain, no_longer_held};
pub use ids::{
    AgentName, AnyName, CallId, ContactId, ConversationSessionId, EndpointId, IdempotencyKey, IntegrationId, InvalidId,
    NamedSession, PatternName, ProjectId, ProviderSessionId, QueueName, ReasonCode, SessionId, SourceId, Tag,
    TransferId,
};
pub use inbox::{Task, TaskSignal};
pub use integration::{Hears, Integration, SecretsInUse, SecretsPlace, Timers};
pub use labels::{Labels, MAX_TAGS, Tags, TooManyTags};
pub use message::{Attachment, Delivery, MAX_TEXT_BYTES, Message, fit_text};
pub use metadata::Metadata;
pub use names::Names;
pub use order::{EARLIEST_BEFORE_CREATION, LATEST_AHEAD, Order, OrderKey};
pub use outcome::Times;
pub use outgoing::{OutgoingMessage, Reply};
pub use overview::{Expiry, Overview};
pub use priority::{InvalidPriority, Priority};
pub use provider::Provider;
pub use redaction::{
    Flow, MAX_PATTERN_BYTES, MAX_PATTERNS, MAX_REPLACEMENT_CHARS, OwnPattern, Redacted, Redaction, Redactor,
};
pub use request::{
    Briefing, Closed, ContactDetails, HistoryRole, HistoryTurn, NewTransfer, TransferRequest, accept_message, create,
    end,
};
pub use results::{
    OpenResult, OpenStep, begin_further_call, begin_open, closed, end_by_result, expect_further_call, mark_closing,
    name_representative, nobody_there, not_closed, not_delivered, record_open, settle_open, unknown_there,
};
pub use retry::{NotRetried, retry};
pub use session::{End, Held, Hold, Marks, MessageCounts, Opening, Phase, Queue, Representative, Session};
pub use settings::{
    DefaultRouting, InvalidListShards, Lifetime, Limits, ListShards, MAX_PATIENCE_SECONDS, MAX_TTL_MINUTES, Patience,
    SessionLifecycle, SettingsFault, TransferSettings, TtlMinutes, WarningSeconds,
};
pub use settlement::{SendResult, SettledMessage, Settlement, settle_message};
pub use signals::{Attendance, Signals};
pub use standing::{EndStanding, Standing, Step, Untold};
pub use tick::{expire, tick};
pub use timeline::{Cause, Effect, Ignored, TimelineEntry};
pub use token::TokenForm;
pub use told::{Facts, News};
pub use transition::{MessageWrite, Transition};
pub use vocabulary::{
    Author, Channel, Direction, Due, EndKnownBy, EndReason, EndedBy, Ending, EndpointState, HandBackState, HealthState,
    Hearing, LinkedBy, Next, NoticeState, OnFailure, Outcome, PostAgentAction, ReceiptState, RedactionDirection,
    SensitiveKind, Status, TaskStatus, TestOutcome, TestStep, Trigger, Trouble, UnknownWord, VoiceMethod, VoiceOutcome,
};
pub use voice::{Call, CallReport, Reported, VoiceCall, VoiceHeaders};
