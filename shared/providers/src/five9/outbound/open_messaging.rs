//! Calls to Open Messaging (`docs/contracts/five9.md`). The callbacks' address is part of the delivery profile, which
//! the customer sets up.

use http::Method;
use secrecy::ExposeSecret;
use serde_json::{Map, Value, json};
use transfer_domain::{Conversation, EndReason, Message, ProviderSessionId, TransferRequest};
use url::Url;

use super::super::fields::Field;
use super::super::paths::Operation;
use super::super::settings::{EndParticipantSource, OauthStyle, Settings};
use super::super::state;
use super::{body, has_no_such_call, refused_opening};
use crate::client::{Answer, Call, Shape, TokenRequest};
use crate::outbound::said_at_most_once;
use crate::{CallError, Connection, Opened};

/// How long a token is used whose answer does not say it.
const FALLBACK_TTL_SECS: u32 = 300;

pub(super) struct OpenMessaging<'a> {
    connection: Connection<'a>,
    settings: &'a Settings,
    base: Url,
    token: TokenRequest,
}

impl<'a> OpenMessaging<'a> {
    pub(super) fn new(connection: Connection<'a>, settings: &'a Settings) -> Result<Self, CallError> {
        let misconfigured = |what: &str| CallError::Misconfigured { what: what.to_owned() };
        let base = settings.open_messaging_base().ok_or_else(|| misconfigured("/settings/region"))?;
        let base = Url::parse(&base).map_err(|_| misconfigured("/settings/apiUrl"))?;
        let credential = |name: &str| {
            let secret = connection.secrets.credentials.get(name).map(ExposeSecret::expose_secret);
            secret.ok_or_else(|| misconfigured(&format!("/credentials/{name}")))
        };
        let (key, secret) = (credential("clientKey")?, credential("clientSecret")?);
        let url = settings.path_overrides.url(&base, Operation::ChatToken, &[])?;
        let form = [("grant_type", "client_credentials"), ("scope", settings.oauth_scope.as_str())];
        let call = match settings.oauth_style {
            OauthStyle::Basic => Call::form(url, &form).basic(key, secret)?,
            OauthStyle::Body => {
                Call::form(url, &[&form[..], &[("client_id", key), ("client_secret", secret)]].concat())
            }
        };
        let token = TokenRequest { call, fallback_ttl_secs: FALLBACK_TTL_SECS };
        Ok(Self { connection, settings, base, token })
    }

    pub(super) async fn have_token(&self) -> Result<(), CallError> {
        let Connection { integration, client, clock, .. } = self.connection;
        client.have_token(integration, clock, &self.token, &self.base).await
    }

    pub(super) async fn open(&self, session: &Conversation, request: &TransferRequest) -> Result<Opened, CallError> {
        let opening = body::chat_opening(self.settings, session, request);
        let answer = self.post(Operation::ChatCreate, "", &opening).await?;
        let created: Value = answer.success().map_err(refused_opening)?.read()?;
        let told = self.settings.field_aliases.text(&created, Field::ChatId);
        let Some(chat) = told.and_then(|id| ProviderSessionId::new(id).ok()) else {
            return Err(CallError::Ambiguous { what: "the answer names no chat".to_owned() });
        };
        let provider_data = Map::from_iter([("chatId".to_owned(), chat.as_str().into())]);
        Ok(Opened { provider_session_id: Some(chat), provider_data, ..Opened::default() })
    }

    pub(super) async fn send(&self, session: &Conversation, message: &Message) -> Result<(), CallError> {
        let links = message.attachments.iter().map(|attachment| attachment.url.as_str());
        let text = body::text_with_links(message, links);
        self.say(chat(session)?, &body::chat_message(&text, message.accepted_at)).await
    }

    pub(super) async fn end(&self, session: &Conversation) -> Result<(), CallError> {
        let chat = chat(session)?;
        let participant = session.facts.state.get(state::PARTICIPANT).and_then(Value::as_str);
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
        if session.closing_attempted {
            return Ok(());
        }
        said_at_most_once(self.say(chat, &body::chat_message(body::GOODBYE, self.connection.clock.now())).await)
    }

    async fn say(&self, chat: &str, message: &Value) -> Result<(), CallError> {
        self.post(Operation::ChatMessage, chat, message).await?.taken(Shape::Document).map(drop)
    }

    async fn post(&self, operation: Operation, chat: &str, body: &Value) -> Result<Answer, CallError> {
        let Connection { integration, client, clock, .. } = self.connection;
        let Settings { domain_id, delivery_profile_id, .. } = self.settings;
        let values = [("domainId", domain_id.as_str()), ("deliveryProfileId", delivery_profile_id), ("chatId", chat)];
        let url = self.settings.path_overrides.url(&self.base, operation, &values)?;
        client.admit(integration, self.settings.rate_per_min, clock.now())?;
        client.call_with_token(integration, clock, &self.token, Call::json(Method::POST, url, body)?).await
    }
}

fn chat(session: &Conversation) -> Result<&str, CallError> {
    session.provider_session_id().map(ProviderSessionId::as_str).ok_or_else(|| CallError::Refused {
        reason: EndReason::ProviderError,
        what: "the chat's id was never told".to_owned(),
    })
}
