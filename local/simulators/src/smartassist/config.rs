//! How the simulated account is set up.

/// How the platform signs the tokens of the webhook channel.
#[derive(Clone)]
pub enum ChannelKey {
    /// HS256 or HS512 with the app's client secret.
    Secret(String),
    /// RS256 or RS512; the account has the platform's public key, in PEM.
    PublicKey(String),
}

/// Which claims the administrator enforces beside the documented ones.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClaimRules {
    /// None; an `exp` that is there must lie in the future all the same.
    #[default]
    Documented,
    /// `exp` is required.
    Expiry,
    /// `jti` is required, and each one is taken once.
    TokenId,
}

/// Which opening reaches the Agent Transfer node of the flow; any other stays with the bot.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Trigger {
    /// Every opening.
    #[default]
    Any,
    /// This text.
    Text(String),
    /// The event `ON_CONNECT`.
    OnConnect,
}

/// Which fields an utterance to the `POST_URL` has (the vendor's description and its asynchronous sample differ).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Addressing {
    /// `to` is the contact's id, `from` the stream; items have a `messageId`.
    #[default]
    To,
    /// `to` is an object with an `id`.
    ToObject,
    /// Exactly the fields of the asynchronous sample: nothing says whose it is.
    Absent,
}

/// Which ways a representative's text takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AgentText {
    /// The webhook channel, indistinguishable from the bot's.
    #[default]
    Channel,
    /// The relay's `agent_message`.
    Relay,
    /// Both, so that a platform that listens to both shows it twice.
    Both,
}

/// What a `SESSION_CLOSURE` does to a human chat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClosureEffect {
    /// Ends it.
    #[default]
    EndsChat,
    /// Ends the channel's session only; the representative stays and may write on.
    LeavesHuman,
}

/// Where the outcome of a `SESSION_CLOSURE` is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClosureAnswer {
    /// In the answer and at the `POST_URL`.
    #[default]
    Both,
    /// In the answer.
    Answer,
    /// At the `POST_URL`; the answer is the ordinary acknowledgement.
    PostUrl,
}

/// What the availability call finds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Availability {
    /// A representative with free capacity.
    #[default]
    Free,
    /// A representative whose chats are all taken.
    Full,
    /// A representative, on an older version that tells no capacities.
    Unmeasured,
    /// Nobody.
    Nobody,
}

/// An account with one app that has a webhook channel and a flow to the contact centre.
#[derive(Clone)]
pub struct SmartAssistConfig {
    /// The app's id, `st-…`; also called bot id, stream id, App ID.
    pub stream_id: String,
    /// Instance of the channel, if it is not the first one.
    pub hook_instance: Option<String>,
    /// Client id that tokens of the channel name as `appId`.
    pub client_id: String,
    /// Key of those tokens.
    pub key: ChannelKey,
    /// Claims that they need.
    pub claims: ClaimRules,
    /// Which opening goes to a human.
    pub trigger: Trigger,
    /// Fields of utterances.
    pub addressing: Addressing,
    /// Ways of the representative's text.
    pub agent_text: AgentText,
    /// Effect of a closure.
    pub closure_effect: ClosureEffect,
    /// Where its outcome is told.
    pub closure_answer: ClosureAnswer,
    /// The channel's `POST_URL`; `None` until the platform says it.
    pub post_url: Option<String>,
    /// Name of a static header at the `POST_URL` that carries [`SmartAssistConfig::post_url_secret`].
    pub post_url_header: Option<String>,
    /// Its value.
    pub post_url_secret: String,
    /// The connection's relay URL; `None` is a flow without service calls.
    pub relay_url: Option<String>,
    /// Its secret, `whsec_…`.
    pub relay_secret: String,
    /// Whether relay events name the conversation, which is what makes polling possible.
    pub relay_session_ids: bool,
    /// Queue of the flow.
    pub queue_id: String,
    /// Its name.
    pub queue_name: String,
    /// Position and estimated seconds that `queued` tells, if any.
    pub queue_news: Option<(u32, u32)>,
    /// `accountId` of the public REST API.
    pub account_id: String,
    /// Client id of the app with its scopes.
    pub rest_client_id: String,
    /// That app's secret, HS256.
    pub rest_client_secret: String,
    /// Whether conversations show the channel's `customData`, by which they could be matched.
    pub rest_shows_custom_data: bool,
}

impl SmartAssistConfig {
    /// An account that behaves as the settings' defaults say; its REST credentials are neutral until set.
    pub fn new(stream_id: &str, client_id: &str, key: ChannelKey) -> Self {
        Self {
            stream_id: stream_id.to_owned(),
            hook_instance: None,
            client_id: client_id.to_owned(),
            key,
            claims: ClaimRules::default(),
            trigger: Trigger::default(),
            addressing: Addressing::default(),
            agent_text: AgentText::default(),
            closure_effect: ClosureEffect::default(),
            closure_answer: ClosureAnswer::default(),
            post_url: None,
            post_url_header: None,
            post_url_secret: String::new(),
            relay_url: None,
            relay_secret: String::new(),
            relay_session_ids: true,
            queue_id: "qu-00000000-0000-4000-8000-000000000001".to_owned(),
            queue_name: "Default Queue".to_owned(),
            queue_news: Some((1, 90)),
            account_id: "account-1".to_owned(),
            rest_client_id: "rest-client".to_owned(),
            rest_client_secret: "rest-client-secret".to_owned(),
            rest_shows_custom_data: false,
        }
    }

    /// The same account with a `POST_URL`.
    #[must_use]
    pub fn with_post_url(mut self, url: &str) -> Self {
        self.post_url = Some(url.to_owned());
        self
    }

    /// The same account with a flow that tells the lifecycle.
    #[must_use]
    pub fn with_relay(mut self, url: &str, secret: &str) -> Self {
        self.relay_url = Some(url.to_owned());
        secret.clone_into(&mut self.relay_secret);
        self
    }
}
