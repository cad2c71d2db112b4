//! The call of a create request.

use serde::{Deserialize, Serialize};
#[cfg(feature = "openapi")]
use transfer_domain::{CallId, VoiceMethod};
use transfer_domain::{Channel, VoiceCall};
use transfer_http::Fields;

pub(crate) const MAX_ADDRESS_CHARS: usize = 256;

/// A call, as its runtime describes it.
#[derive(Debug, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = NewVoice))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct VoiceBody {
    /// The runtime's own id of the call. Transfers are found by it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<CallId>))]
    call_id: Option<String>,
    /// `Call-ID` of the SIP dialogue. Transfers are found by it, too.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<CallId>))]
    sip_call_id: Option<String>,
    /// Who calls: a telephone number or a SIP address.
    from: Option<String>,
    /// Where the call goes: a telephone number or a SIP address.
    to: Option<String>,
    /// How the runtime moves the call.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<VoiceMethod>))]
    method: Option<String>,
}

impl VoiceBody {
    /// The call, as far as its fields fit; the faults of the others are noted.
    pub(crate) fn read(&self, channel: Option<Channel>, fields: &mut Fields) -> VoiceCall {
        let is_call = channel.is_none_or(|channel| channel == Channel::Voice);
        fields.rule(is_call, "/voice", "is only of the channel voice");
        fields.text("/voice/from", self.from.as_deref(), MAX_ADDRESS_CHARS);
        fields.text("/voice/to", self.to.as_deref(), MAX_ADDRESS_CHARS);
        VoiceCall {
            call_id: fields.optional("/voice/callId", self.call_id.as_deref()),
            sip_call_id: fields.optional("/voice/sipCallId", self.sip_call_id.as_deref()),
            from: self.from.clone(),
            to: self.to.clone(),
            method: fields.optional("/voice/method", self.method.as_deref()),
        }
    }
}
