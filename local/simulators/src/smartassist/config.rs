//! How the simulated account is set up.

use crate::engine::{choices, config};

/// How the platform signs the tokens of the webhook channel.
#[derive(Clone)]
pub enum ChannelKey {
    /// HS256 or HS512 with the app's client secret.
    Secret(String),
    /// RS256 or RS512; the account has the platform's public key, in PEM.
    PublicKey(String),
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

choices! {
    /// Which claims the administrator enforces beside the documented ones.
    pub enum ClaimRules {
        /// None; an `exp` that is there must lie in the future all the same.
        Documented,
        /// `exp` is required.
        Expiry,
        /// `jti` is required, and each one is taken once.
        TokenId,
    }

    /// Which fields an utterance to the `POST_URL` has (the vendor's description and its asynchronous sample differ).
    pub enum Addressing {
        /// `to` is the contact's id, `from` the stream; items have a `messageId`.
        To,
        /// `to` is an object with an `id`.
        ToObject,
        /// Exactly the fields of the asynchronous sample: nothing says whose it is.
        Absent,
    }

    /// Which ways a representative's text takes.
    pub enum AgentText {
        /// The webhook channel, indistinguishable from the bot's.
        Channel,
        /// The relay's `agent_message`.
        Relay,
        /// Both, so that a platform that listens to both shows it twice.
        Both,
    }

    /// What a `SESSION_CLOSURE` does to a human chat.
    pub enum ClosureEffect {
        /// Ends it.
        EndsChat,
        /// Ends the channel's session only; the representative stays and may write on.
        LeavesHuman,
    }

    /// Where the outcome of a `SESSION_CLOSURE` is told.
    pub enum ClosureAnswer {
        /// In the answer and at the `POST_URL`.
        Both,
        /// In the answer.
        Answer,
        /// At the `POST_URL`; the answer is the ordinary acknowledgement.
        PostUrl,
    }

    /// What the availability call finds.
    pub enum Availability {
        /// A representative with free capacity.
        Free,
        /// A representative whose chats are all taken.
        Full,
        /// A representative, on an older version that tells no capacities.
        Unmeasured,
        /// Nobody.
        Nobody,
    }
}

config! {
    /// An account with one app that has a webhook channel and a flow to the contact centre.
    pub struct SmartAssistConfig(stream_id: &str, client_id: &str, key: ChannelKey) {
        /// The app's id, `st-…`; also called bot id, stream id, App ID.
        stream_id: String = stream_id.to_owned();
        /// Instance of the channel, if it is not the first one.
        hook_instance: Option<String> = None;
        /// Client id that tokens of the channel name as `appId`.
        client_id: String = client_id.to_owned();
        /// Key of those tokens.
        key: ChannelKey = key;
        /// Claims that they need.
        claims: ClaimRules = ClaimRules::default();
        /// Which opening goes to a human.
        trigger: Trigger = Trigger::default();
        /// Fields of utterances.
        addressing: Addressing = Addressing::default();
        /// Ways of the representative's text.
        agent_text: AgentText = AgentText::default();
        /// Effect of a closure.
        closure_effect: ClosureEffect = ClosureEffect::default();
        /// Where its outcome is told.
        closure_answer: ClosureAnswer = ClosureAnswer::default();
        /// The channel's `POST_URL`; `None` until the platform says it.
        post_url: Option<String> = None;
        /// Name of a static header at the `POST_URL` that carries [`SmartAssistConfig::post_url_secret`].
        post_url_header: Option<String> = None;
        /// Its value.
        post_url_secret: String = String::new();
        /// The connection's relay URL; `None` is a flow without service calls.
        relay_url: Option<String> = None;
        /// Its secret, `whsec_…`.
        relay_secret: String = String::new();
        /// Whether relay events name the conversation, which is what makes polling possible.
        relay_session_ids: bool = true;
        /// Queue of the flow.
        queue_id: String = "qu-00000000-0000-4000-8000-000000000001".to_owned();
        /// Its name.
        queue_name: String = "Default Queue".to_owned();
        /// Position and estimated seconds that `queued` tells, if any.
        queue_news: Option<(u32, u32)> = Some((1, 90));
        /// `accountId` of the public REST API.
        account_id: String = "account-1".to_owned();
        /// Client id of the app with its scopes.
        rest_client_id: String = "rest-client".to_owned();
        /// That app's secret, HS256.
        rest_client_secret: String = "rest-client-secret".to_owned();
        /// Whether conversations show the channel's `customData`, by which they could be matched.
        rest_shows_custom_data: bool = false;
    }
}

impl SmartAssistConfig {
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
