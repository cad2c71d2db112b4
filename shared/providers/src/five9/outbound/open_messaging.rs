//! Calls to Open Messaging (`docs/contracts/five9.md`). The callbacks' address is part of the delivery profile, which
//! the customer sets up.

use async_trait::async_trait;
use http::Method;
use serde_json::{Value, json};
use transfer_domain::{Conversation, Message, ProviderSessionId, ReceiptState, SourceId, TransferRequest};
use url::Url;

use super::super::settings::fields::Field;
use super::super::settings::paths::Operation;
use super::super::settings::{EndParticipantSource, OauthStyle, Settings};
use super::super::state;
use super::{body, has_no_such_call};
use crate::client::{Answer, Api, Call, ClientIn, Proof, Shape, TokenRequest};
use crate::outbound::{base, said_at_most_once};
use crate::said::with_links;
use crate::told::one;
use crate::{CallError, Connection, Interface, Opened};

/// Where the address of the interface is written.
const API_URL: &str = "/settings/apiUrl";

/// How long a token is used whose answer does not say it.
const FALLBACK_TTL_SECS: u32 = 300;

pub(super) struct OpenMessaging<'a> {
    api: Api<'a>,
    settings: &'a Settings,
    session: &'a Conversation,
}

/// It cannot be asked how a chat stands.
#[async_trait]
impl Interface for OpenMessaging<'_> {
    async fn have_token(&self) -> Result<(), CallError> {
        self.api.have_proof().await
    }

    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError> {
        let opening = body::chat_opening(self.settings, self.session, request);
        let answer = self.post(Operation::ChatCreate, "", &opening).await?;
        let created: Value = answer.success()?.read()?;
        let told = self.settings.field_aliases.text(&created, Field::ChatId);
        let Some(chat) = told.and_then(|id| ProviderSessionId::new(id).ok()) else {
            return Err(CallError::unknown("the answer names no chat"));
        };
        let provider_data = one("chatId", Some(chat.as_str()));
        Ok(Opened { provider_session_id: Some(chat), provider_data, ..Opened::default() })
    }

    async fn send(&self, message: &Message) -> Result<(), CallError> {
        let text = with_links(&message.text, &message.attachments);
        self.say(self.chat()?, &body::chat_message(&text, message.accepted_at)).await
    }

    async fn end(&self) -> Result<(), CallError> {
        let chat = self.chat()?;
        let participant = self.session.facts.state.get(state::PARTICIPANT).and_then(Value::as_str);
        let ending = match (self.settings.end_participant_source, participant) {
            (EndParticipantSource::Skip, _) => None,
            (EndParticipantSource::AcceptFrom, Some(from)) => Some(json!({ "sourceParticipantId": from })),
            (EndParticipantSource::AcceptFrom, None) | (EndParticipantSource::Omit, _) => Some(json!({})),
        };
        if let Some(ending) = ending {
            let answer = self.post(Operation::ChatTerminate, chat, &ending).await?;
            if !has_no_such_call(&answer) {
                return answer.taken(Shape::Document).map(drop);
            }
        }
        if self.session.closing_attempted {
            return Ok(());
        }
        said_at_most_once(self.say(chat, &body::chat_message(body::GOODBYE, self.api.connection.now())).await)
    }

    /// There is no call for receipts.
    async fn acknowledge(&self, _messages: &[SourceId], _state: ReceiptState) -> Result<(), CallError> {
        Ok(())
    }
}

impl<'a> OpenMessaging<'a> {
    pub(super) fn new(
        connection: Connection<'a>,
        settings: &'a Settings,
        session: &'a Conversation,
    ) -> Result<Self, CallError> {
        let address = settings.open_messaging_base().ok_or_else(|| CallError::misconfigured("/settings/region"))?;
        let token = token(connection, settings, &base(&address, API_URL)?)?;
        let api = Api::new(connection, (&address, API_URL), Proof::Token(Box::new(token)))?;
        Ok(Self { api: api.limited_to(settings.rate_per_min), settings, session })
    }

    async fn say(&self, chat: &str, message: &Value) -> Result<(), CallError> {
        self.post(Operation::ChatMessage, chat, message).await?.taken(Shape::Document).map(drop)
    }

    async fn post(&self, operation: Operation, chat: &str, body: &Value) -> Result<Answer, CallError> {
        let Settings { domain_id, delivery_profile_id, .. } = self.settings;
        let values = [("domainId", domain_id.as_str()), ("deliveryProfileId", delivery_profile_id), ("chatId", chat)];
        let url = self.settings.path_overrides.url(&self.api.base, operation, &values)?;
        self.api.exchange(Call::json(Method::POST, url, body)?).await
    }

    fn chat(&self) -> Result<&str, CallError> {
        let name = self.session.provider_session_id().map(ProviderSessionId::as_str);
        name.ok_or_else(|| CallError::nameless("chat"))
    }
}

fn token(connection: Connection<'_>, settings: &Settings, base: &Url) -> Result<TokenRequest, CallError> {
    let client = (connection.credential("clientKey")?, connection.credential("clientSecret")?);
    let url = settings.path_overrides.url(base, Operation::ChatToken, &[])?;
    let form = [("grant_type", "client_credentials"), ("scope", settings.oauth_scope.as_str())];
    let place = match settings.oauth_style {
        OauthStyle::Basic => ClientIn::Header,
        OauthStyle::Body => ClientIn::Form,
    };
    TokenRequest::by_client(url, &form, client, place, FALLBACK_TTL_SECS)
}
