//! Calls to Genesys Cloud (`docs/contracts/genesys.md`).

mod body;
mod look;

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use transfer_domain::{
    Conversation, Message, ProviderEvent, ProviderSessionId, ReceiptState, SourceId, TransferRequest,
};
use url::Url;

use super::code;
use super::settings::{EndMethod, EwtSource, Settings};
use crate::client::{Answer, Call, Shape, TokenRequest};
use crate::outbound::{base, below};
use crate::reading::text;
use crate::{CallError, Calls, Connection, Opened};

/// Where the address of the API is written.
const API_URL: &str = "/settings/apiUrl";

const CONVERSATIONS: &[&str] = &["api", "v2", "conversations", "messages"];

#[async_trait]
impl Calls for Settings {
    async fn prepare(
        &self,
        connection: Connection<'_>,
        _session: &Conversation,
    ) -> Result<Map<String, Value>, CallError> {
        Client::new(connection, self)?.have_token().await?;
        Ok(Map::new())
    }

    async fn prepare_send(
        &self,
        connection: Connection<'_>,
        _session: &Conversation,
        _message: &Message,
    ) -> Result<(), CallError> {
        Client::new(connection, self)?.have_token().await
    }

    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        let client = Client::new(connection, self)?;
        let mut url = client.inbound_url(&["message"])?;
        url.query_pairs_mut().append_pair("prefetchConversationId", "true");
        let body = body::opening(self, session, request);
        let answer = client.exchange(Call::json(Method::POST, url, &body)?).await?;
        let answer = client.success(answer).map_err(CallError::of_opening)?;
        let codes = &self.open_success_codes;
        if !codes.is_empty() && !codes.contains(&answer.status.as_u16()) {
            return Err(CallError::unknown(format!("unexpected {}", answer.status.as_u16())));
        }
        let accepted: Accepted = answer.read()?;
        let provider_session_id = accepted.conversation_id.and_then(|id| ProviderSessionId::new(id).ok());
        let provider_data = provider_data(provider_session_id.as_ref());
        Ok(Opened { provider_session_id, provider_data, ..Opened::default() })
    }

    async fn send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        let client = Client::new(connection, self)?;
        match client.say(&body::message(session, message)).await {
            // The integration's profile may not allow the file; its address as text is always allowed.
            Err(CallError::Refused { .. }) if !message.attachments.is_empty() => {
                client.say(&body::message_as_text(session, message)).await
            }
            sent => sent,
        }
    }

    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        let client = Client::new(connection, self)?;
        let conversation = session.provider_session_id().ok_or_else(|| CallError::nameless("conversation"))?;
        let disconnected = serde_json::json!({ "state": "disconnected" });
        let call = match self.end_method {
            EndMethod::Participant => {
                let answer =
                    client.exchange(Call::new(Method::GET, client.conversation_url(conversation, &[])?)).await?;
                if client.is_gone(&answer) {
                    return Ok(());
                }
                let seen: Value = client.success(answer)?.read()?;
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
                Call::new(Method::POST, client.url(&path)?)
            }
        };
        let answer = client.exchange(call).await?;
        if client.is_gone(&answer) {
            return Ok(());
        }
        // The vendor documents an empty body.
        client.success(answer)?.taken(Shape::DocumentOrNothing).map(drop)
    }

    async fn poll(&self, connection: Connection<'_>, session: &Conversation) -> Result<Vec<ProviderEvent>, CallError> {
        let client = Client::new(connection, self)?;
        let Some(conversation) = session.provider_session_id() else { return Ok(Vec::new()) };
        let answer = client.exchange(Call::new(Method::GET, client.conversation_url(conversation, &[])?)).await?;
        let seen: Value = client.success(answer)?.read()?;
        let mut found = look::events(&seen, session);
        client.name_representative(&mut found).await;
        if self.ewt_source == EwtSource::RoutingApi {
            client.tell_wait(&seen, &mut found).await;
        }
        Ok(found)
    }

    /// There is no event for stopping: the indicator goes out by itself.
    async fn typing(&self, connection: Connection<'_>, session: &Conversation, on: bool) -> Result<(), CallError> {
        if !on {
            return Ok(());
        }
        let client = Client::new(connection, self)?;
        client.post(&["event"], &body::typing(session, connection.now())).await
    }

    /// One call a message; the vendor does not tell what was read from what arrived.
    async fn acknowledge(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        messages: &[SourceId],
        _state: ReceiptState,
    ) -> Result<(), CallError> {
        let client = Client::new(connection, self)?;
        for message in messages {
            client.post(&["receipt"], &body::receipt(session, message, connection.now())).await?;
        }
        Ok(())
    }

    async fn representative_name(&self, connection: Connection<'_>, id: &str) -> Result<Option<String>, CallError> {
        Client::new(connection, self)?.user_name(id).await
    }
}

/// What operators may see of a conversation.
fn provider_data(conversation: Option<&ProviderSessionId>) -> Map<String, Value> {
    conversation.map(|id| ("conversationId".to_owned(), Value::from(id.as_str()))).into_iter().collect()
}

/// What an opening is answered with, as far as it matters.
#[derive(Deserialize)]
struct Accepted {
    #[serde(default, rename = "conversationId")]
    conversation_id: Option<String>,
}

struct Client<'a> {
    connection: Connection<'a>,
    settings: &'a Settings,
    base: Url,
    token: TokenRequest,
}

impl<'a> Client<'a> {
    fn new(connection: Connection<'a>, settings: &'a Settings) -> Result<Self, CallError> {
        let login = base(&settings.login_base(), "/settings/loginUrl")?;
        let url = below(&login, &["oauth", "token"], "/settings/loginUrl")?;
        let call = Call::form(url, &[("grant_type", "client_credentials")])
            .basic(connection.credential("clientId")?, connection.credential("clientSecret")?)?;
        let token = TokenRequest { call, fallback_ttl_secs: settings.token_fallback_ttl_secs };
        Ok(Self { connection, settings, base: base(&settings.api_base(), API_URL)?, token })
    }

    async fn have_token(&self) -> Result<(), CallError> {
        self.connection.have_token(&self.token, &self.base).await
    }

    async fn say(&self, message: &body::MessageBody<'_>) -> Result<(), CallError> {
        self.post(message.path(), message).await
    }

    async fn post(&self, what: &[&str], body: &impl Serialize) -> Result<(), CallError> {
        let answer = self.exchange(Call::json(Method::POST, self.inbound_url(what)?, body)?).await?;
        self.success(answer)?.taken(Shape::Document).map(drop)
    }

    async fn exchange(&self, call: Call) -> Result<Answer, CallError> {
        self.connection.make_with_token(&self.token, call.limited_to(self.settings.rate_per_min)).await
    }

    /// The answer if it is a success; else what it allows, with the vendor's code and support key.
    fn success(&self, answer: Answer) -> Result<Answer, CallError> {
        if answer.status.is_success() {
            return Ok(answer);
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let told = [code(text(&body, "/code")), code(text(&body, "/contextId"))];
        let told: Vec<String> = told.into_iter().flatten().collect();
        let error = answer.failure((!told.is_empty()).then(|| told.join(" ")).as_deref());
        Err(if self.settings.honour_retry_after { error } else { error.at_any_time() })
    }

    fn is_gone(&self, answer: &Answer) -> bool {
        answer.status == StatusCode::NOT_FOUND || self.settings.end_gone_codes.contains(&answer.status.as_u16())
    }

    fn inbound_url(&self, what: &[&str]) -> Result<Url, CallError> {
        let path = [self.settings.integration_id.as_str(), "inbound", "open"];
        self.url(&[CONVERSATIONS, &path, what].concat())
    }

    fn conversation_url(&self, conversation: &ProviderSessionId, below: &[&str]) -> Result<Url, CallError> {
        self.url(&[CONVERSATIONS, &[conversation.as_str()], below].concat())
    }

    fn url(&self, path: &[&str]) -> Result<Url, CallError> {
        below(&self.base, path, API_URL)
    }
}
