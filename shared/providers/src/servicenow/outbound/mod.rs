//! Calls to an instance (`docs/contracts/servicenow.md`).

mod body;

use std::time::Duration;

use async_trait::async_trait;
use http::{HeaderName, Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use transfer_domain::{
    Conversation, Correlation, EndReason, EndedBy, EventKind, Message, Order, ProviderEvent, ProviderSessionId,
    ReceiptState, SourceId, TransferRequest,
};

use super::settings::{AuthMethod, OauthGrant, Settings};
use crate::client::{Api, Call, ClientIn, Proof, Shape, TokenRequest};
use crate::outbound::{base, below};
use crate::reading::is_digest;
use crate::told::{ended, event, of_session, one};
use crate::{CallError, Calls, Connection, FurtherCall, Interface, Opened};

const INSTANCE_URL: &str = "/settings/instanceUrl";

const INTEGRATION: &[&str] = &["api", "sn_va_as_service", "bot", "integration"];

/// How long one implementation waits before it asks a second time for a human.
const REPEAT_AFTER: Duration = Duration::from_secs(3);

#[async_trait]
impl Calls for Settings {
    fn interface<'a>(
        &'a self,
        connection: Connection<'a>,
        session: &'a Conversation,
    ) -> Result<Box<dyn Interface + 'a>, CallError> {
        let api = Api::new(connection, (&self.instance_url, INSTANCE_URL), proof(connection, self)?)?;
        Ok(Box::new(BotApi { api, settings: self, session }))
    }
}

struct BotApi<'a> {
    api: Api<'a>,
    settings: &'a Settings,
    session: &'a Conversation,
}

#[async_trait]
impl Interface for BotApi<'_> {
    async fn have_token(&self) -> Result<(), CallError> {
        self.api.have_proof().await
    }

    /// Through the first time that a human is asked for; asking again has its time, and is a call of its own.
    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError> {
        let (repeated, once): (Vec<_>, Vec<_>) =
            body::opening(self.settings, self.session, request).into_iter().partition(|request| request.repeats);
        let mut is_begun = false;
        let mut is_answered = false;
        for request in once {
            let taken = self.post(&request).await;
            let done = if is_begun { taken.map_err(CallError::half_open)? } else { taken? };
            is_begun = true;
            is_answered = done.agent_chat;
            if is_answered {
                break;
            }
        }
        let next = repeated.first().filter(|_| !is_answered).map(|request| request.asked_again(REPEAT_AFTER));
        let provider_state = one("emailId", request.briefing.contact.email.as_deref());
        Ok(Opened { provider_state, next, ..Opened::default() })
    }

    async fn open_further(&self, request: &TransferRequest, number: u8) -> Result<Option<FurtherCall>, CallError> {
        let requests = body::opening(self.settings, self.session, request);
        let mut due = requests.iter().filter(|request| request.repeats && request.number >= number);
        let Some(request) = due.next() else { return Ok(None) };
        let done = self.post(request).await?;
        Ok(due.next().filter(|_| !done.agent_chat).map(|request| request.asked_again(REPEAT_AFTER)))
    }

    async fn send(&self, message: &Message) -> Result<(), CallError> {
        self.post(&body::message(self.settings, self.session, message)).await.map(drop)
    }

    async fn end(&self) -> Result<(), CallError> {
        self.post(&body::end(self.settings, self.session)).await.map(drop)
    }

    async fn typing(&self, on: bool) -> Result<(), CallError> {
        self.post(&body::typing(self.settings, self.session, on, self.api.connection.now())).await.map(drop)
    }

    /// The instance knows that a message was shown, not that it was read. One to which it gave no id cannot be named.
    async fn acknowledge(&self, messages: &[SourceId], _state: ReceiptState) -> Result<(), CallError> {
        let named: Vec<&SourceId> = messages.iter().filter(|message| !is_digest(message.as_str())).collect();
        if named.is_empty() {
            return Ok(());
        }
        self.post(&body::shown(self.settings, self.session, &named, self.api.connection.now())).await.map(drop)
    }

    /// By the Table API, where `tableLookup` allows it; the bot API itself cannot be asked.
    async fn poll(&self) -> Result<Vec<ProviderEvent>, CallError> {
        if !self.settings.table_lookup {
            return Ok(Vec::new());
        }
        let query = format!("session.device_id={}", self.session.transfer_id());
        let Some(conversation) = self.row("sys_cs_conversation", &query, "sys_id").await? else {
            return Ok(Vec::new());
        };
        let query = format!("channel_metadata_document={}", column(&conversation, "sys_id"));
        let row = self.row("interaction", &query, "sys_id,state").await?;
        Ok(row.map(|row| found(self.session, &row)).unwrap_or_default())
    }
}

/// The synchronous answer. It is no proof of anything but receipt.
#[derive(Deserialize)]
struct Receipt {
    #[serde(default)]
    status: Option<String>,
    #[serde(default, rename = "agentChat")]
    agent_chat: bool,
}

impl BotApi<'_> {
    async fn post(&self, request: &impl Serialize) -> Result<Receipt, CallError> {
        let call = Call::json(Method::POST, self.api.url(INTEGRATION)?, request)?;
        let answer = self.api.call(call).await?;
        answer.taken(Shape::Document)?;
        let receipt: Receipt = answer.read()?;
        // A failure may come with 200.
        if receipt.status.as_deref() == Some("failure") {
            return Err(CallError::refused("200 failure"));
        }
        Ok(receipt)
    }

    async fn row(&self, table: &str, query: &str, fields: &str) -> Result<Option<Value>, CallError> {
        let mut url = self.api.url(&["api", "now", "table", table])?;
        url.query_pairs_mut()
            .append_pair("sysparm_query", query)
            .append_pair("sysparm_fields", fields)
            .append_pair("sysparm_limit", "1");
        let answer = self.api.call(Call::new(Method::GET, url)).await?;
        let mut body: Value = answer.read()?;
        Ok(body.pointer_mut("/result/0").map(Value::take))
    }
}

/// As whom the instance is called.
fn proof<'a>(connection: Connection<'a>, settings: &Settings) -> Result<Proof<'a>, CallError> {
    Ok(match settings.auth_method {
        AuthMethod::Oauth2 => Proof::Token(Box::new(token_request(connection, settings)?)),
        AuthMethod::Basic => {
            Proof::Basic { user: connection.credential("username")?, password: connection.credential("password")? }
        }
        AuthMethod::MessageToken => {
            let secret = connection.credential("messageToken")?;
            Proof::Header { name: HeaderName::from_static("token"), secret }
        }
        AuthMethod::MessageHash => {
            let secret = connection.credential("messageSecret")?;
            Proof::BodyHash { name: HeaderName::from_static("x-b2b-signature"), secret }
        }
    })
}

fn token_request(connection: Connection<'_>, settings: &Settings) -> Result<TokenRequest, CallError> {
    let client = (connection.credential("clientId")?, connection.credential("clientSecret")?);
    let grant = match settings.oauth_grant {
        OauthGrant::ClientCredentials => vec![("grant_type", "client_credentials")],
        OauthGrant::Password => vec![
            ("grant_type", "password"),
            ("username", connection.credential("username")?),
            ("password", connection.credential("password")?),
        ],
        OauthGrant::RefreshToken => {
            vec![("grant_type", "refresh_token"), ("refresh_token", connection.credential("refreshToken")?)]
        }
    };
    let url = below(&base(&settings.instance_url, INSTANCE_URL)?, &["oauth_token.do"], INSTANCE_URL)?;
    TokenRequest::by_client(url, &grant, client, ClientIn::Form, settings.token_fallback_ttl_secs)
}

/// What an interaction's row says: its id, and whether it is closed.
fn found(session: &Conversation, row: &Value) -> Vec<ProviderEvent> {
    let interaction = ProviderSessionId::new(column(row, "sys_id")).ok();
    let closed = column(row, "state").to_lowercase().replace([' ', '-'], "_").starts_with("closed");
    let found = |what: &str, kind| {
        let source_id = SourceId::new(format!("poll-{what}-{}", session.transfer_id())).ok();
        let correlation = Correlation { provider_session_id: interaction.clone(), ..of_session(session) };
        let provider_state = one("interactionId", interaction.as_ref().map(ProviderSessionId::as_str));
        ProviderEvent { provider_state, ..event(correlation, Order::Arrival, source_id, kind) }
    };
    let mut events = vec![found("accepted", EventKind::Accepted)];
    events.extend(closed.then(|| found("ended", ended((EndedBy::System, EndReason::Reconciled)))));
    events
}

fn column<'v>(row: &'v Value, name: &str) -> &'v str {
    row.get(name).and_then(Value::as_str).unwrap_or_default()
}
