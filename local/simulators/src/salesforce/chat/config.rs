//! How the deployment of Enhanced Chat is set up.

/// What a second creation with the same conversation id does (not documented).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RepeatedOpens {
    /// Refused with 409.
    #[default]
    Refused,
    /// Answered as the first, without effect.
    Accepted,
}

/// Who hears the event stream of a conversation (`/eventrouter`, which is not simulated itself).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Stream {
    /// Nobody; the platform reads entries.
    #[default]
    Unheard,
    /// A listener at the customer's side posts each frame, signed, to `<relay URL>/raw`.
    Relayed,
}

/// A deployment of the type Custom Client.
#[derive(Clone, Debug)]
pub struct ChatConfig {
    /// Its developer name.
    pub es_developer_name: String,
    /// Public key of verified users' identity tokens, PEM; `None` has no verified users.
    pub identity_public_key_pem: Option<String>,
    /// Lifetime of a guest's token.
    pub guest_seconds: u32,
    /// Lifetime of a verified user's token.
    pub verified_seconds: u32,
    /// Tokens of the org, and again renewals, per minute; `None` has no limit.
    pub tokens_per_minute: Option<usize>,
    /// Messages of the end user per minute and conversation; `None` has no limit.
    pub messages_per_minute: Option<usize>,
    /// Treatment of repeated conversation ids.
    pub repeated_opens: RepeatedOpens,
    /// Status of ending what is already over.
    pub gone_status: u16,
    /// MIME types of files; others are 415.
    pub file_types: Vec<String>,
    /// Who hears the stream.
    pub stream: Stream,
    /// Routing attribute with the platform's transfer id, which the package reports; without it, the conversation id.
    pub transfer_attribute: String,
}

impl Default for ChatConfig {
    fn default() -> Self {
        let types = ["image/png", "image/jpeg", "image/gif", "application/pdf", "text/plain"];
        Self {
            es_developer_name: "Handoff".to_owned(),
            identity_public_key_pem: None,
            guest_seconds: 3600,
            verified_seconds: 6 * 3600,
            tokens_per_minute: Some(200),
            messages_per_minute: Some(22),
            repeated_opens: RepeatedOpens::default(),
            gone_status: 404,
            stream: Stream::default(),
            file_types: types.map(str::to_owned).to_vec(),
            transfer_attribute: "TransferId".to_owned(),
        }
    }
}
