//! The closed sets of words: channel, status, reasons.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A text is none of the words of the set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("must be one of {allowed}")]
pub struct UnknownWord {
    /// The words, comma-separated.
    pub allowed: String,
}

macro_rules! words {
    ($(#[doc = $doc:literal])* $name:ident { $($(#[doc = $vdoc:literal])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[doc = $vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            /// All words of the set, in the order of their meaning.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word on the wire and in the table.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownWord;
            fn from_str(text: &str) -> Result<Self, UnknownWord> {
                Self::ALL.iter().copied().find(|word| word.as_str() == text).ok_or_else(|| UnknownWord {
                    allowed: Self::ALL.iter().map(|word| word.as_str()).collect::<Vec<_>>().join(", "),
                })
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::schema::words(concat!($($doc),*), &[$(($word, concat!($($vdoc),*))),+])
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

words! {
    /// Where the contact talks; decides the TTL.
    Channel {
        /// A live chat widget.
        Chat = "chat",
        /// A messenger.
        Messaging = "messaging",
        /// E-mail.
        Email = "email",
        /// An outbound campaign.
        Campaign = "campaign",
        /// A call; never expires by default.
        Voice = "voice",
    }
}

words! {
    /// Where a session stands.
    Status {
        /// Initiated; the provider has not said more than that it took the request.
        Pending = "pending",
        /// In the provider's queue.
        Queued = "queued",
        /// A human is connected.
        Active = "active",
        /// The human is gone; wrap-up or survey is under way.
        PostAgent = "post_agent",
        /// Closed. Absorbing.
        Ended = "ended",
    }
}

words! {
    /// What is due of a session. Of what is due at the same moment, the first counts first.
    Due {
        /// Its time to live is over.
        Expiry = "expiry",
        /// Nobody knows whether the contact centre took it, for too long.
        Unconfirmed = "unconfirmed",
        /// The contact centre took it and has said nothing more, for too long.
        NoConfirmation = "no_confirmation",
        /// It has been in the queue for too long.
        NobodyCame = "nobody_came",
        /// The wrap-up has lasted for too long.
        WrapUp = "wrap_up",
        /// It will expire soon.
        Warning = "warning",
        /// A representative joined and has said nothing, for too long.
        NoReply = "no_reply",
        /// It has been silent for too long.
        Staleness = "staleness",
        /// Whether everything is done that was to be done, and how it stands at the contact centre.
        Check = "check",
        /// Nobody has acknowledged its hand-back, for too long.
        HandBack = "handback",
        /// It ended, and is kept no longer.
        Removal = "removal",
    }
}

words! {
    /// Why a session ended.
    EndReason {
        /// The representative closed the conversation.
        RepresentativeEnded = "representative_ended",
        /// The contact left.
        ContactEnded = "contact_ended",
        /// The AI agent took the conversation back.
        AgentEnded = "agent_ended",
        /// An operator ended it.
        OperatorEnded = "operator_ended",
        /// Given up before a representative joined.
        CancelledInQueue = "cancelled_in_queue",
        /// No message within the session's TTL.
        Expired = "expired",
        /// Nobody is there to take it.
        NoRepresentatives = "no_representatives",
        /// The contact centre is closed.
        OutsideHours = "outside_hours",
        /// The provider refused the conversation.
        ProviderRejected = "provider_rejected",
        /// The provider could not be reached or kept failing.
        ProviderError = "provider_error",
        /// The provider closed the conversation by itself.
        ProviderDisconnected = "provider_disconnected",
        /// Whether the provider ever took the request stayed unknown.
        Unconfirmed = "unconfirmed",
        /// Found closed at the provider by looking.
        Reconciled = "reconciled",
    }
}

/// Whether what kept a transfer from reaching anybody passes by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// The same request may succeed later.
    Passes,
    /// Refused, the same request is refused again; unconfirmed, a second one could open a second conversation.
    Stays,
}

/// What an end of one reason means to everybody who must act on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ending {
    /// What kept the transfer from serving the contact; `None` = it did not fail.
    pub trouble: Option<Trouble>,
    /// Whether the provider's conversation is certainly closed already, so that nobody needs to tell it.
    pub provider_knows: bool,
    /// How the Inbox task closes, unless the transfer failed: then it stays open.
    pub task: TaskStatus,
}

impl EndReason {
    /// The one table of what each reason means.
    pub const fn ending(self) -> Ending {
        use TaskStatus::{Cancelled, Completed, Expired};
        use Trouble::{Passes, Stays};
        let (trouble, provider_knows, task) = match self {
            Self::RepresentativeEnded => (None, true, Completed),
            Self::ContactEnded | Self::AgentEnded | Self::OperatorEnded => (None, false, Completed),
            Self::CancelledInQueue => (None, false, Cancelled),
            Self::Expired => (None, false, Expired),
            Self::NoRepresentatives | Self::OutsideHours | Self::ProviderDisconnected | Self::Reconciled => {
                (Some(Passes), true, Completed)
            }
            Self::ProviderRejected => (Some(Stays), true, Completed),
            Self::ProviderError => (Some(Passes), false, Completed),
            Self::Unconfirmed => (Some(Stays), false, Completed),
        };
        Ending { trouble, provider_knows, task }
    }

    /// Whether a transfer that no representative joined has failed: see [`crate::Session::trouble`].
    pub const fn is_failure(self) -> bool {
        self.ending().trouble.is_some()
    }

    /// Whether the provider's conversation is certainly closed already, so that nobody needs to tell it.
    pub const fn provider_knows(self) -> bool {
        self.ending().provider_knows
    }
}

words! {
    /// What became of a transfer.
    Outcome {
        /// A representative was there.
        Served = "served",
        /// Nobody was there to take it.
        NoRepresentatives = "no_representatives",
        /// The contact centre was closed.
        OutsideHours = "outside_hours",
        /// The contact centre's people closed it without anybody having come.
        Declined = "declined",
        /// The contact left while waiting.
        Abandoned = "abandoned",
        /// Nothing happened for its time to live, and nobody had come.
        Expired = "expired",
        /// The AI agent or an operator gave it up while it waited.
        Cancelled = "cancelled",
        /// The contact centre refused it.
        Rejected = "rejected",
        /// The contact centre could not be reached, or took none of our calls.
        Unreachable = "unreachable",
        /// Whether the contact centre took it stayed unknown.
        Unconfirmed = "unconfirmed",
        /// Lost after a representative had come.
        Dropped = "dropped",
        /// The contact centre failed before anybody had come.
        Failed = "failed",
    }
}

words! {
    /// Who ended a session.
    EndedBy {
        /// The human at the contact centre.
        Representative = "representative",
        /// The end user.
        Contact = "contact",
        /// The AI agent.
        Agent = "agent",
        /// A person at the console.
        Operator = "operator",
        /// A timer, the provider's system, or we.
        System = "system",
    }
}

words! {
    /// What made the AI agent hand off.
    Trigger {
        /// A planned hand-off.
        Handoff = "handoff",
        /// A delegated task.
        Delegate = "delegate",
        /// An escalation.
        Escalate = "escalate",
    }
}

words! {
    /// What the AI agent does when the session ends.
    PostAgentAction {
        /// Go on with the contact.
        ReturnToAgent = "return_to_agent",
        /// Close the conversation as well.
        EndSession = "end_session",
    }
}

words! {
    /// What happens after a session that has ended.
    Next {
        /// The AI agent goes on with the contact.
        ReturnToAgent = "return_to_agent",
        /// The AI agent closes the conversation as well.
        EndSession = "end_session",
        /// A step of the fallback plan: another session follows, and the AI agent waits.
        Fallback = "fallback",
    }
}

words! {
    /// Why a session follows another.
    LinkedBy {
        /// The caller named the predecessor.
        Caller = "caller",
        /// A step of the fallback plan.
        Fallback = "fallback",
    }
}

words! {
    /// Whether the agent runtime has taken the newest hand-back.
    HandBackState {
        /// It has not acknowledged it.
        Open = "open",
        /// It has.
        Acknowledged = "acknowledged",
    }
}

words! {
    /// Which way a message goes.
    Direction {
        /// From the contact to the representative.
        Outbound = "outbound",
        /// From the contact centre to the contact.
        Inbound = "inbound",
    }
}

words! {
    /// Who wrote a message.
    Author {
        /// The end user.
        Contact = "contact",
        /// The human at the contact centre.
        Representative = "representative",
        /// A flow, a bot or the system of the contact centre; proves nothing about a human.
        Provider = "provider",
    }
}

words! {
    /// How far a message came at its reader, the later the further.
    ReceiptState {
        /// It is shown.
        Delivered = "delivered",
        /// It was read.
        Read = "read",
    }
}

words! {
    /// Where an Inbox task stands.
    TaskStatus {
        /// Nobody has it.
        Pending = "pending",
        /// A representative or an operator has it.
        InProgress = "in_progress",
        /// Done.
        Completed = "completed",
        /// The session expired.
        Expired = "expired",
        /// Given up before anybody had it.
        Cancelled = "cancelled",
        /// The transfer reached nobody, and somebody must look.
        Failed = "failed",
    }
}

words! {
    /// How an integration's contact centre answers.
    HealthState {
        /// No call of it was made yet.
        Unknown = "unknown",
        /// It does.
        Healthy = "healthy",
        /// The last call came to nothing.
        Degraded = "degraded",
        /// Several calls in a row came to nothing: one at a time is tried.
        Failing = "failing",
    }
}

words! {
    /// What is tried by the test of an integration.
    TestStep {
        /// Whether the stored settings can be used.
        Settings = "settings",
        /// Whether the contact centre can be reached.
        Address = "address",
        /// Whether it takes the credentials.
        Credentials = "credentials",
        /// Whether the queue or campaign takes conversations.
        Queue = "queue",
        /// Whether the API can be reached from outside.
        Callback = "callback",
    }
}

words! {
    /// What came of a step of a test.
    TestOutcome {
        /// It works.
        Ok = "ok",
        /// It does not.
        Failed = "failed",
        /// It could not be tried, or cannot be.
        NotChecked = "not_checked",
    }
}
words! {
    /// Whether an event endpoint gets events.
    EndpointState {
        /// It does.
        On = "on",
        /// Its project switched it off.
        Off = "off",
        /// Switched off, because nothing arrived there for three days.
        Failing = "failing",
        /// Switched off, because it answered 410.
        Gone = "gone",
    }
}

words! {
    /// What became of an event at an endpoint.
    NoticeState {
        /// It is still tried.
        Pending = "pending",
        /// It arrived.
        Delivered = "delivered",
        /// It did not, and is not tried any more.
        Failed = "failed",
        /// It was not sent, because the endpoint was switched off for its failures.
        Skipped = "skipped",
    }
}

words! {
    /// How a runtime moves a call to the contact centre.
    VoiceMethod {
        /// It refers the caller there (SIP REFER).
        Refer = "refer",
        /// It dials there and joins both.
        Bridge = "bridge",
        /// Whoever carries the call moves it, by what the headers say.
        Headers = "headers",
        /// Otherwise.
        Other = "other",
    }
}

words! {
    /// What became of a call, as the runtime sees it.
    VoiceOutcome {
        /// A human took it.
        Connected = "connected",
        /// It was turned away.
        Declined = "declined",
        /// Nobody was free.
        Busy = "busy",
        /// Nobody answered.
        NoAnswer = "no_answer",
        /// A machine took it.
        Voicemail = "voicemail",
        /// It could not be handed over.
        Failed = "failed",
        /// It was lost after it had been connected.
        Dropped = "dropped",
    }
}

words! {
    /// Who will tell of the end of a call.
    EndKnownBy {
        /// The contact centre.
        Provider = "provider",
        /// The runtime, which reports of it.
        Runtime = "runtime",
        /// We ask the contact centre.
        Poll = "poll",
        /// Nobody: it is shown as stale, and somebody must end it.
        Nobody = "nobody",
    }
}

words! {
    /// How it is heard how something stands at a contact centre.
    Hearing {
        /// It tells.
        Told = "told",
        /// It is asked.
        Asked = "asked",
        /// Not at all.
        Never = "never",
    }
}

words! {
    /// What is looked for in texts.
    SensitiveKind {
        /// Numbers of bank accounts (IBAN), by their checksum.
        Iban = "iban",
        /// Numbers of payment cards, by their checksum.
        Card = "card",
        /// Addresses of e-mail.
        Email = "email",
        /// Telephone numbers.
        Telephone = "telephone",
    }
}

words! {
    /// Which texts are looked at.
    RedactionDirection {
        /// Those that go to the contact centre: messages of the contact, summary, reason and history of a request.
        ToContactCentre = "to_contact_centre",
        /// Those that go to the agent runtime: messages of the contact centre, what its representatives note.
        ToRuntime = "to_runtime",
        /// Those that are kept, which are both: a text is kept as it goes.
        Stored = "stored",
    }
}

words! {
    /// What happens with a text to which a rule cannot be applied.
    OnFailure {
        /// It goes as it is.
        Pass = "pass",
        /// `[held back]` goes in its place.
        HoldBack = "hold_back",
    }
}
