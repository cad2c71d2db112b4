//! A session's call on the wire.

use chrono::{DateTime, Utc};
use serde::Serialize;
use transfer_domain::{CallId, Reported, Session, TransferRequest, VoiceMethod, VoiceOutcome};

use crate::time;

/// The call of a voice session: as its runtime described it, and what it reported of it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Voice))]
#[serde(rename_all = "camelCase")]
pub struct VoiceRecord<'a> {
    /// The runtime's own id of the call.
    #[cfg_attr(feature = "openapi", schema(required))]
    call_id: Option<&'a CallId>,
    /// `Call-ID` of the SIP dialogue.
    #[cfg_attr(feature = "openapi", schema(required))]
    sip_call_id: Option<&'a CallId>,
    /// Who calls.
    #[cfg_attr(feature = "openapi", schema(required))]
    from: Option<&'a str>,
    /// Where the call goes.
    #[cfg_attr(feature = "openapi", schema(required))]
    to: Option<&'a str>,
    /// How the runtime moves the call.
    #[cfg_attr(feature = "openapi", schema(required))]
    method: Option<VoiceMethod>,
    /// What the runtime reported of it, the newest that counted.
    #[cfg_attr(feature = "openapi", schema(required))]
    reported: Option<ReportedRecord>,
}

/// What a runtime reported of a call.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = VoiceReported))]
struct ReportedRecord {
    /// What became of it.
    outcome: VoiceOutcome,
    /// When, as the runtime told it, else when it was reported.
    #[serde(serialize_with = "time")]
    at: DateTime<Utc>,
}

impl From<Reported> for ReportedRecord {
    fn from(Reported { outcome, at }: Reported) -> Self {
        Self { outcome, at }
    }
}

impl<'a> VoiceRecord<'a> {
    /// The call as it is known; `None` if the session is none.
    pub(crate) fn of(session: &Session, request: &'a TransferRequest) -> Option<Self> {
        let call = session.call?;
        let described = request.voice.as_ref();
        Some(Self {
            call_id: described.and_then(|voice| voice.call_id.as_ref()),
            sip_call_id: described.and_then(|voice| voice.sip_call_id.as_ref()),
            from: described.and_then(|voice| voice.from.as_deref()),
            to: described.and_then(|voice| voice.to.as_deref()),
            method: described.and_then(|voice| voice.method),
            reported: call.reported.map(Into::into),
        })
    }
}
