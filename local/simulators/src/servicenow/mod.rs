//! ServiceNow, Virtual Agent API handing over to a live agent.
//!
//! One listener is the instance: `/oauth_token.do` and `/api/sn_va_as_service/bot/integration`. Everything that happens
//! comes back asynchronously, as envelopes with several items, to one response endpoint, without repeats.
//!
//! Kinds of callbacks for faults and ledgers: `created`, `bot` (the virtual agent's own answers), `queued`, `flow_text`,
//! `joined`, `message`, `attachment`, `typing`, `left`, `survey`, `no_agents`, `completed`, `take_control`.
//!
//! A started conversation is with the bot until the first envelope with `agentChat`; what arrives meanwhile is answered
//! with success and ignored. A `requestId` is recognised as a repeat only during that time (see [`RepeatedRequests`]),
//! so that a second start opens a second conversation. Offers, declined alerts and after-call work have no wire form
//! here. Of the Table API there is what looks a conversation up. Not simulated: media upload, synchronous channel mode.

mod auth;
mod bot;
mod call;
mod compact;
mod config;
mod envelope;
mod human;
mod routes;
mod table;

use std::{collections::HashSet, sync::Arc, time::Duration};

use reqwest::RequestBuilder;
use serde_json::Value;
use tokio::net::TcpListener;

pub use auth::message_hash;
pub use config::{Auth, HiddenFailures, RepeatedRequests, ServiceNowConfig, WebhookAuth};

use crate::engine::{self, Carrier, Desk, Handle, Lane, Options, Runtime, StartError, webhook};

/// Connection timeout of the outbound configuration.
const PATIENCE: Duration = Duration::from_secs(5);

/// A running ServiceNow simulator.
pub type ServiceNowHandle = Handle<Desk<ServiceNow>>;

type Instance = Desk<ServiceNow>;
type Book = engine::Book<ServiceNow>;
type Case = engine::Case<ServiceNow>;

/// The simulated instance.
pub struct ServiceNow {
    /// The response endpoint, without repeats.
    webhook: Arc<dyn Carrier>,
}

/// How far a conversation is on its way to a human.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Created, not started.
    Created,
    /// The bot has it and nobody asked for a human.
    Bot,
    /// The bot works on the wish for a human; other requests are ignored meanwhile.
    BotWorking,
    /// On the way to a human or there: envelopes say `agentChat`.
    AgentChat,
}

/// What the instance keeps of a conversation.
pub struct Kept {
    user_id: String,
    stage: Stage,
    /// The request that envelopes echo.
    last_request: String,
    last_message: Value,
    client_variables: Value,
    seen_requests: HashSet<String>,
    /// `silentMessage` sticks until it is taken back.
    silent: bool,
    /// A change of representatives has no event of its own.
    transferring: bool,
    callbacks: Lane,
}

impl ServiceNow {
    /// Starts to serve. Must be called inside a tokio runtime.
    pub fn start(
        config: ServiceNowConfig,
        listener: TcpListener,
        options: Options,
    ) -> Result<ServiceNowHandle, StartError> {
        let runtime = Runtime::start(options)?;
        runtime.webhook.set_if_known(config.webhook_url.clone(), &config.webhook_secret);
        let auth = config.webhook_auth.clone();
        let prove = move |request: RequestBuilder, secret: &str, _: &str| match &auth {
            WebhookAuth::HeaderSecret => request.header("X-Handoff-Secret", secret),
            WebhookAuth::Basic(user) => request.basic_auth(user, Some(secret)),
            WebhookAuth::PathSecret => request,
        };
        let webhook = webhook(&runtime, PATIENCE, false, prove);
        Handle::start(Desk::new(runtime, config, Self { webhook }), listener)
    }
}
