//! How the deployment of Enhanced Chat is set up.

use crate::engine::{choices, config};

const FILE_TYPES: [&str; 5] = ["image/png", "image/jpeg", "image/gif", "application/pdf", "text/plain"];

choices! {
    /// What a second creation with the same conversation id does (not documented).
    pub enum RepeatedOpens {
        /// Refused with 409.
        Refused,
        /// Answered as the first, without effect.
        Accepted,
    }

    /// Who hears the event stream of a conversation (`/eventrouter`, which is not simulated itself).
    pub enum Stream {
        /// Nobody; the platform reads entries.
        Unheard,
        /// A listener at the customer's side posts each frame, signed, to `<relay URL>/raw`.
        Relayed,
    }
}

config! {
    /// A deployment of the type Custom Client.
    pub struct ChatConfig() {
        /// Its developer name.
        es_developer_name: String = "Handoff".to_owned();
        /// Public key of verified users' identity tokens, PEM; `None` has no verified users.
        identity_public_key_pem: Option<String> = None;
        /// Lifetime of a guest's token.
        guest_seconds: u32 = 3600;
        /// Lifetime of a verified user's token.
        verified_seconds: u32 = 6 * 3600;
        /// Tokens of the org, and again renewals, per minute; `None` has no limit.
        tokens_per_minute: Option<usize> = Some(200);
        /// Messages of the end user per minute and conversation; `None` has no limit.
        messages_per_minute: Option<usize> = Some(22);
        /// Treatment of repeated conversation ids.
        repeated_opens: RepeatedOpens = RepeatedOpens::default();
        /// Status of ending what is already over.
        gone_status: u16 = 404;
        /// MIME types of files; others are 415.
        file_types: Vec<String> = FILE_TYPES.map(str::to_owned).to_vec();
        /// Who hears the stream.
        stream: Stream = Stream::default();
        /// Routing attribute with the platform's transfer id, which the package reports; without it, the conversation
        /// id.
        transfer_attribute: String = "TransferId".to_owned();
    }
}

impl Default for ChatConfig {
    fn default() -> Self {
        Self::new()
    }
}
