//! Calls to Genesys Cloud (`docs/contracts/genesys.md`).

mod body;
mod look;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::Method;
use serde::Deserialize;
use serde_json::Value;
use transfer_domain::{
    Conversation, Message, ProviderEvent, ProviderSessionId, ReceiptState, SourceId, Status, TransferRequest,
};
use url::Url;

use super::settings::{EndMethod, EwtSource, LifecycleSource, Settings};
use crate::client::{Answer, Api, Call, ClientIn, Failures, Proof, Shape, TokenRequest};
use crate::outbound::{base, below};
use crate::reading::text;
use crate::told::one;
use crate::{CallError, Calls, Connection, Interface, Opened};

/// Where the address that tokens are got from is written.
const LOGIN_URL: &str = "/settings/loginUrl";

/// How often a conversation is looked at whose lifecycle nobody tells.
const POLLED_EVERY: Duration = Duration::from_secs(10);

const CONVERSATIONS: &[&str] = &["api", "v2", "conversations", "messages"];
const CALLS: &[&str] = &["api", "v2", "conversations", "calls"];

#[async_trait]
impl Calls for Settings {
    fn interface<'a>(
        &'a self,
        connection: Connection<'a>,
        session: &'a Conversation,
    ) -> Result<Box<dyn Interface + 'a>, CallError> {
        Ok(Box::new(OpenMessaging { client: Client::new(connection, self)?, session }))
    }

    /// For as long as the organisation's threading timeline lasts, up to 72 hours.
    fn takes_up_again(&self) -> bool {
        true
    }

    fn polled_every(&self, _status: Status) -> Option<Duration> {
        (self.lifecycle_source == LifecycleSource::Poll).then_some(POLLED_EVERY)
    }

    async fn representative_name(&self, connection: Connection<'_>, id: &str) -> Result<Option<String>, CallError> {
        Client::new(connection, self)?.user_name(id).await
    }
}

/// What an opening is answered with, as far as it matters.
#[derive(Deserialize)]
struct Accepted {
    #[serde(default, rename = "conversationId")]
    conversation_id: Option<String>,
}

struct OpenMessaging<'a> {
    client: Client<'a>,
    session: &'a Conversation,
}

#[async_trait]
impl Interface for OpenMessaging<'_> {
    async fn have_token(&self) -> Result<(), CallError> {
        self.client.api.have_proof().await
    }

    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError> {
        let Client { settings, .. } = self.client;
        let mut url = self.client.inbound_url(body::MESSAGE)?;
        url.query_pairs_mut().append_pair("prefetchConversationId", "true");
        let body = body::opening(settings, self.session, request);
        let answer = self.client.made(Call::json(Method::POST, url, &body)?).await?;
        let codes = &settings.open_success_codes;
        if !codes.is_empty() && !codes.contains(&answer.status.as_u16()) {
            return Err(CallError::unknown(format!("unexpected {}", answer.status.as_u16())));
        }
        let accepted: Accepted = answer.read()?;
        let provider_session_id = accepted.conversation_id.and_then(|id| ProviderSessionId::new(id).ok());
        let provider_data = one("conversationId", provider_session_id.as_ref().map(ProviderSessionId::as_str));
        Ok(Opened { provider_session_id, provider_data, ..Opened::default() })
    }

    async fn send(&self, message: &Message) -> Result<(), CallError> {
        match self.say(body::message(self.session, message)).await {
            // The integration's profile may not allow the file; its address as text is always allowed.
            Err(CallError::Refused { .. }) if !message.attachments.is_empty() => {
                self.say(body::message_as_text(self.session, message)).await
            }
            sent => sent,
        }
    }

    async fn end(&self) -> Result<(), CallError> {
        let client = &self.client;
        let conversation = self.session.provider_session_id().ok_or_else(|| CallError::nameless("conversation"))?;
        let disconnected = serde_json::json!({ "state": "disconnected" });
        let call = match client.settings.end_method {
            EndMethod::Participant => {
                let seen = client.ending(Call::new(Method::GET, client.conversation_url(conversation, &[])?)).await?;
                let seen: Value = seen.read()?;
                let customer = look::customer(&seen);
                if customer.is_none_or(look::is_over) {
                    return Ok(());
                }
                let id = customer.and_then(|customer| text(customer, "/id")).unwrap_or_default();
                let url = client.conversation_url(conversation, &["participants", id])?;
                Call::json(Method::PATCH, url, &disconnected)?
            }
            EndMethod::ConversationPatch => {
                Call::json(Method::PATCH, client.conversation_url(conversation, &[])?, &disconnected)?
            }
            EndMethod::Disconnect => {
                let path = ["api", "v2", "conversations", conversation.as_str(), "disconnect"];
                Call::new(Method::POST, client.api.url(&path)?)
            }
        };
        // The vendor documents an empty body.
        client.ending(call).await?.taken(Shape::DocumentOrNothing).map(drop)
    }

    async fn poll(&self) -> Result<Vec<ProviderEvent>, CallError> {
        let Some(conversation) = self.session.provider_session_id() else { return Ok(Vec::new()) };
        // The participants of a call have the states of those of a conversation.
        let place = if self.session.brings_call() { CALLS } else { CONVERSATIONS };
        let call = Call::new(Method::GET, self.client.api.url(&[place, &[conversation.as_str()]].concat())?);
        let seen: Value = self.client.made(call).await?.read()?;
        let mut found = look::events(&seen, self.session);
        self.client.name_representative(&mut found).await;
        if self.client.settings.ewt_source == EwtSource::RoutingApi {
            self.client.tell_wait(&seen, &mut found).await;
        }
        Ok(found)
    }

    /// There is no event for stopping: the indicator goes out by itself.
    async fn typing(&self, on: bool) -> Result<(), CallError> {
        if !on {
            return Ok(());
        }
        self.post(&["event"], &body::typing(self.session, self.client.now())).await
    }

    /// One call a message; the vendor does not tell what was read from what arrived.
    async fn acknowledge(&self, messages: &[SourceId], _state: ReceiptState) -> Result<(), CallError> {
        for message in messages {
            self.post(&["receipt"], &body::receipt(self.session, message, self.client.now())).await?;
        }
        Ok(())
    }
}

impl OpenMessaging<'_> {
    async fn say(&self, (place, message): body::Inbound) -> Result<(), CallError> {
        self.post(place, &message).await
    }

    async fn post(&self, what: &[&str], body: &Value) -> Result<(), CallError> {
        let call = Call::json(Method::POST, self.client.inbound_url(what)?, body)?;
        self.client.made(call).await?.taken(Shape::Document).map(drop)
    }
}

/// What the vendor says of its failures (`docs/contracts/genesys.md`, "Limits and failures").
const FAILURES: Failures = Failures { code: &["/code"], case: Some("/contextId"), meanings: &[] };

struct Client<'a> {
    api: Api<'a>,
    settings: &'a Settings,
}

impl<'a> Client<'a> {
    fn new(connection: Connection<'a>, settings: &'a Settings) -> Result<Self, CallError> {
        let login = base(&settings.login_base(), LOGIN_URL)?;
        let url = below(&login, &["oauth", "token"], LOGIN_URL)?;
        let client = (connection.credential("clientId")?, connection.credential("clientSecret")?);
        let grant = [("grant_type", "client_credentials")];
        let token = TokenRequest::by_client(url, &grant, client, ClientIn::Header, settings.token_fallback_ttl_secs)?;
        let api = Api::new(connection, (&settings.api_base(), "/settings/apiUrl"), Proof::Token(Box::new(token)))?;
        Ok(Self { api: api.limited_to(settings.rate_per_min).with_failures(&FAILURES), settings })
    }

    fn now(&self) -> DateTime<Utc> {
        self.api.connection.now()
    }

    /// Makes a call: the answer if it is a success; else what it allows.
    async fn made(&self, call: Call) -> Result<Answer, CallError> {
        self.judged(self.api.exchange(call).await?)
    }

    /// Makes a call of an ending, for which there are more words that it is gone.
    async fn ending(&self, call: Call) -> Result<Answer, CallError> {
        let answer = self.api.exchange(call).await?;
        if self.settings.end_gone_codes.contains(&answer.status.as_u16()) {
            return Err(CallError::Gone { what: answer.status.as_u16().to_string() });
        }
        self.judged(answer)
    }

    fn judged(&self, answer: Answer) -> Result<Answer, CallError> {
        let judged = self.api.judge(answer);
        if self.settings.honour_retry_after { judged } else { judged.map_err(CallError::at_any_time) }
    }

    fn inbound_url(&self, what: &[&str]) -> Result<Url, CallError> {
        let path = [self.settings.integration_id.as_str(), "inbound", "open"];
        self.api.url(&[CONVERSATIONS, &path, what].concat())
    }

    fn conversation_url(&self, conversation: &ProviderSessionId, below: &[&str]) -> Result<Url, CallError> {
        self.api.url(&[CONVERSATIONS, &[conversation.as_str()], below].concat())
    }
}
