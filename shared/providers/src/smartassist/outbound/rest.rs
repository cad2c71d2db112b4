//! The contact centre's public REST interface: who is available, and how a conversation stands. Reads only.

use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderName, Method};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use transfer_domain::{Conversation, EndReason};
use url::Url;

use super::super::settings::{SessionLookup, Settings};
use super::token::App;
use crate::client::{Api, Call, Proof, Signs};
use crate::reading::text;
use crate::{Availability, CallError, Connection};

/// What the vendor allows an account (`docs/contracts/smartassist.md`, "Limits and failures").
const CALLS_PER_MINUTE: u32 = 60;

/// How many conversations one call lists, and how many such calls are made at most.
const PAGE: usize = 100;
const MAX_PAGES: usize = 5;

/// What the ids of the vendor's queues start with.
const QUEUE_PREFIX: &str = "qu-";

/// The interface, for an integration that has all of its fields.
pub(super) struct Rest<'a> {
    api: Api<'a>,
    settings: &'a Settings,
    app_id: &'a str,
}

/// Signs calls of an account's app.
struct Account<'a> {
    app: App<'a>,
    integration: &'a str,
    id: &'a str,
}

impl Signs for Account<'_> {
    /// What is asked tells calls of one moment apart.
    fn sign(&self, call: Call, attempt: u8, now: DateTime<Utc>) -> Result<Call, CallError> {
        let (asked, body) = (call.url().as_str(), String::from_utf8_lossy(call.body()));
        let token = self.app.token(None, &[self.integration, asked, &body, &attempt.to_string()], now)?;
        call.secret_header(HeaderName::from_static("auth"), token.expose_secret())?
            .secret_header(HeaderName::from_static("accountid"), self.id)
    }
}

#[derive(Serialize)]
struct Wanted<'a> {
    #[serde(rename = "skillIds")]
    skills: &'a [String],
    #[serde(rename = "queueIds")]
    queues: &'a [&'a str],
    #[serde(rename = "agentIds")]
    agents: &'a [String],
}

impl<'a> Rest<'a> {
    /// `None` if the integration does not say where to ask.
    pub(super) fn new(connection: Connection<'a>, settings: &'a Settings) -> Result<Option<Self>, CallError> {
        let (Some(host), Some(app_id), Some(account_id)) = (&settings.host, &settings.app_id, &settings.account_id)
        else {
            return Ok(None);
        };
        let integration = connection.integration.integration_id.as_str();
        let account = Account { app: App::rest(settings, connection)?, integration, id: account_id };
        let api = Api::new(connection, (host, "/settings/host"), Proof::Signed(Box::new(account)))?;
        Ok(Some(Self { api: api.limited_to(CALLS_PER_MINUTE), settings, app_id }))
    }

    /// Whether somebody of the configured queues and skills has room for a chat. A queue that is named by the vendor's
    /// id is asked about instead of the configured ones.
    pub(super) async fn availability(&self, queue: &str) -> Result<Availability, CallError> {
        let configured: Vec<&str> = self.settings.availability_queue_ids.iter().map(String::as_str).collect();
        let asked = [queue];
        let queues = if queue.starts_with(QUEUE_PREFIX) { &asked[..] } else { &configured };
        let wanted = Wanted { skills: &self.settings.availability_skill_ids, queues, agents: &[] };
        let call = Call::json(Method::POST, self.url(&["agents", "availability"])?, &wanted)?;
        let found: Value = self.api.call(call).await?.read()?;
        let Some(available) = found.get("AVAILABLE").and_then(Value::as_array) else {
            return Ok(Availability::Unknown);
        };
        Ok(if available.iter().any(has_room) {
            Availability::Available
        } else {
            Availability::Unavailable(EndReason::NoRepresentatives)
        })
    }

    /// The session's conversation, if it can be found by the configured way.
    pub(super) async fn conversation(&self, session: &Conversation) -> Result<Option<Value>, CallError> {
        match (self.settings.session_lookup, session.provider_session_id()) {
            (SessionLookup::Off, _) | (SessionLookup::Relay, None) => Ok(None),
            (SessionLookup::Relay | SessionLookup::ListMatch, Some(id)) => {
                let call = Call::new(Method::GET, self.url(&["conversations", id.as_str()])?);
                Ok(Some(self.api.call(call).await?.read()?))
            }
            (SessionLookup::ListMatch, None) => self.listed(session).await,
        }
    }

    /// One list serves all sessions of the integration for the poll interval.
    async fn listed(&self, session: &Conversation) -> Result<Option<Value>, CallError> {
        let Some(pointer) = &self.settings.session_match_pointer else { return Ok(None) };
        let age = TimeDelta::seconds(self.settings.poll_interval_secs.into());
        let all = self.api.connection.recent(age, self.list()).await?;
        let ours = session.transfer_id().to_string();
        let mut conversations = all.as_array().into_iter().flatten();
        Ok(conversations.find(|one| text(one, pointer) == Some(&*ours)).cloned())
    }

    async fn list(&self) -> Result<Value, CallError> {
        let mut all = Vec::new();
        for page in 0..MAX_PAGES {
            let mut url = self.url(&["conversations"])?;
            url.query_pairs_mut()
                .append_pair("skip", &(page * PAGE).to_string())
                .append_pair("limit", &PAGE.to_string());
            let mut found: Value = self.api.call(Call::new(Method::GET, url)).await?.read()?;
            let Some(Value::Array(results)) = found.get_mut("results").map(Value::take) else { break };
            let full = results.len() >= PAGE;
            all.extend(results);
            if !full {
                break;
            }
        }
        Ok(Value::Array(all))
    }

    fn url(&self, place: &[&str]) -> Result<Url, CallError> {
        self.api.url(&[&["agentassist", "api", "v1", "public", self.app_id], place].concat())
    }
}

/// Older versions do not tell how much an available representative can still take.
fn has_room(agent: &Value) -> bool {
    let Some(chat) = agent.pointer("/channelCapacity/liveChat") else { return true };
    chat.get("isEnabled").and_then(Value::as_bool) != Some(false)
        && chat.get("availableCapacity").and_then(Value::as_i64).is_none_or(|room| room > 0)
}
