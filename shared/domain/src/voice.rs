//! Calls: what a runtime says of a call that it hands over, and what it tells of it afterwards. No audio passes here, and
//! nothing is dialled: the runtime moves the call.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::{
    CallId, Cause, Channel, End, EndKnownBy, EndReason, EndedBy, EventKind, Hearing, Hears, Holds, Outcome,
    ProviderSessionId, Representative, Session, VoiceMethod, VoiceOutcome,
};

/// A call that ends sooner after it was connected than this, and not because somebody hung up, was dropped.
const SETTLED_AFTER: TimeDelta = TimeDelta::seconds(90);

/// The call that a runtime hands over, as it describes it. Its addresses are personal data: they reach neither logs nor
/// events.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct VoiceCall {
    /// The runtime's own id of the call. Transfers are found by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call_id: Option<CallId>,
    /// `Call-ID` of the SIP dialogue. Transfers are found by it, too.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sip_call_id: Option<CallId>,
    /// Who calls: a telephone number or a SIP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Where the call goes: a telephone number or a SIP address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// How the runtime moves the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<VoiceMethod>,
}

impl VoiceCall {
    /// The ids by which its session is found, each once.
    pub fn ids(&self) -> impl Iterator<Item = &CallId> {
        let other = self.sip_call_id.as_ref().filter(|id| Some(*id) != self.call_id.as_ref());
        self.call_id.iter().chain(other)
    }
}

/// What moves of a session's call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Call {
    /// Whether the runtime brings the call itself, so that nothing is opened and nothing is closed at the provider.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub brought: bool,
    /// How the provider is heard of it, as the integration was set up when the transfer was requested.
    pub hearing: Hearing,
    /// What the runtime reported, the newest that counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reported: Option<Reported>,
}

/// What a runtime reported of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reported {
    /// What became of it.
    pub outcome: VoiceOutcome,
    /// When, as the runtime told it, else when it was reported.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
}

impl Call {
    /// Of a session that is requested; `None` if it is no call. `described`: whether the runtime described the call that it
    /// brings.
    pub(crate) fn of(channel: Channel, described: bool, hears: Hears) -> Option<Self> {
        let hearing = if described { hears.calls } else { hears.conversations };
        (channel == Channel::Voice).then_some(Self { brought: described, hearing, reported: None })
    }
}

/// What a runtime reports of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallReport {
    /// What became of it.
    pub outcome: VoiceOutcome,
    /// When it happened, by the runtime's clock; `None` = now.
    pub at: Option<DateTime<Utc>>,
    /// What the contact centre calls the call, if the runtime knows: its events are then found.
    pub provider_session_id: Option<ProviderSessionId>,
}

impl VoiceOutcome {
    /// What it means for the session. What says that nobody took the call can only be so while nobody has joined.
    pub(crate) fn means(self) -> EventKind {
        let ended = |by, reason, holds| EventKind::Concluded { by, reason, holds };
        match self {
            Self::Connected => EventKind::RepresentativeJoined(Representative { id: None, name: None }),
            Self::Declined => ended(EndedBy::Representative, EndReason::RepresentativeEnded, Holds::UntilJoined),
            Self::Busy | Self::NoAnswer | Self::Voicemail => {
                ended(EndedBy::System, EndReason::NoRepresentatives, Holds::UntilJoined)
            }
            Self::Failed => ended(EndedBy::System, EndReason::ProviderError, Holds::UntilJoined),
            Self::Dropped => ended(EndedBy::System, EndReason::ProviderDisconnected, Holds::Always),
        }
    }

    /// Whether the contact centre has the call.
    pub(crate) fn is_sign_of_life(self) -> bool {
        matches!(self, Self::Connected | Self::Dropped)
    }

    /// How the timeline says it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Connected => "call_connected",
            Self::Declined => "call_declined",
            Self::Busy => "call_busy",
            Self::NoAnswer => "call_no_answer",
            Self::Voicemail => "call_voicemail",
            Self::Failed => "call_failed",
            Self::Dropped => "call_dropped",
        }
    }
}

impl Session {
    /// Whether the runtime brings the call to the contact centre itself: no conversation is opened there, and there is
    /// nothing to write into.
    pub fn brings_call(&self) -> bool {
        self.call.is_some_and(|call| call.brought)
    }

    /// Whether the contact centre can be asked how a call stands that was brought there.
    pub fn can_be_asked_for(&self) -> bool {
        let is_heard = self.call.is_some_and(|call| call.hearing != Hearing::Never);
        is_heard && !self.names.is_empty()
    }

    /// Who will tell of the end of a call; `None` if it is no call.
    ///
    /// What a contact centre tells reaches a call that was brought only once its name there is known. So one that the
    /// runtime reports of, and of which the contact centre has told nothing, is the runtime's.
    pub fn end_known_by(&self) -> Option<EndKnownBy> {
        let call = self.call?;
        let is_heard = !call.brought || !self.names.is_empty() || call.reported.is_none();
        Some(match call.hearing {
            Hearing::Told if is_heard => EndKnownBy::Provider,
            Hearing::Told | Hearing::Asked | Hearing::Never if call.reported.is_some() => EndKnownBy::Runtime,
            Hearing::Told | Hearing::Asked => EndKnownBy::Poll,
            Hearing::Never => EndKnownBy::Nobody,
        })
    }

    /// What an end of it comes to: as [`Outcome::of`] says, but for a call that the contact centre ends within 90 seconds of
    /// its connection without anybody having hung up. Such a one was dropped, whatever its representative's leaving looks
    /// like.
    pub(crate) fn came_to(&self, end: &End) -> Outcome {
        let signals = self.signals.until(end.key);
        let was_connected = || signals.first_join().and_then(crate::OrderKey::at);
        if self.call.is_some() && is_no_hang_up(end) && was_connected().is_some_and(|at| end.at - at < SETTLED_AFTER) {
            return Outcome::Dropped;
        }
        Outcome::of(end, signals.attendance())
    }

    /// What the runtime puts into the signalling of the call, so that whoever takes it finds the session; `None` if it is no
    /// call.
    pub fn voice_headers(&self) -> Option<VoiceHeaders> {
        self.call.map(|_| VoiceHeaders::of(self))
    }
}

/// Whether the contact centre ended it, or was found to have ended it, without anybody being known to have hung up.
fn is_no_hang_up(end: &End) -> bool {
    let by_itself =
        matches!(end.reason, EndReason::ProviderDisconnected | EndReason::ProviderError | EndReason::Reconciled);
    by_itself && end.cause == Cause::Provider
}

/// Header lines for the signalling of a call, by name. Each stays far below 1,024 bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct VoiceHeaders {
    /// The uuid of the transfer as user-to-user information (RFC 7433), in hexadecimal behind the protocol discriminator of
    /// the ISDN (RFC 7434): `04`, text of IA5.
    #[serde(rename = "User-to-User")]
    pub user_to_user: String,
    /// The uuid of the transfer.
    #[serde(rename = "X-Transfer-Id")]
    pub transfer_id: String,
    /// The id of the session.
    #[serde(rename = "X-Transfer-Session-Id")]
    pub session_id: String,
}

impl VoiceHeaders {
    fn of(session: &Session) -> Self {
        let transfer_id = session.transfer_id().to_string();
        let mut user_to_user = "04".to_owned();
        for digit in transfer_id.bytes().flat_map(|byte| [byte >> 4, byte & 0x0f]) {
            user_to_user.extend(char::from_digit(digit.into(), 16));
        }
        user_to_user.push_str(";encoding=hex;purpose=isdn-uui;content=isdn-uui");
        Self { user_to_user, transfer_id, session_id: session.session_id.to_string() }
    }
}
