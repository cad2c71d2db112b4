//! Bring Your Own Channel: one token of the organisation, one interaction a call.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::{HeaderName, Method};
use serde_json::{Value, json};
use transfer_domain::{Conversation, Message, ProviderSessionId, ReceiptState, SourceId, Status, TransferRequest};
use url::Url;

use super::body;
use super::refusal::{Stage, has_no_such_call, is_of_token, judged};
use super::{assertion, multipart, require_open, stable_uuid};
use crate::client::{Answer, Api, Call, Proof, TokenRequest, TokenSource};
use crate::outbound::{base, below, said_at_most_once};
use crate::reading::{digest, text};
use crate::salesforce::settings::{EndMode, OpenMode, Settings};
use crate::told::first;
use crate::{CallError, Connection, Interface, Opened};

/// The credential that assertions are signed with.
const KEY: &str = "privateKeyPem";

/// Where the address that tokens are got from is written.
const LOGIN_URL: &str = "/settings/loginUrl";

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// More acknowledgements are not taken in one call.
const MAX_ACKNOWLEDGEMENTS: usize = 25;

pub(super) struct Byoc<'a> {
    api: Api<'a>,
    settings: &'a Settings,
    session: &'a Conversation,
}

/// Who has the token.
struct Organisation<'a> {
    connection: Connection<'a>,
    settings: &'a Settings,
    login: Url,
}

impl TokenSource for Organisation<'_> {
    fn request(&self, now: DateTime<Utc>) -> Result<TokenRequest, CallError> {
        let assertion = assertion::bearer(self.settings, self.connection.credential(KEY)?, now)?;
        let url = below(&self.login, &["services", "oauth2", "token"], LOGIN_URL)?;
        let call = Call::form(url, &[("grant_type", GRANT), ("assertion", &assertion)]);
        Ok(TokenRequest { call, fallback_ttl_secs: self.settings.token_cache_secs })
    }

    fn identity(&self) -> String {
        let key = self.connection.credential(KEY).unwrap_or_default();
        let Settings { consumer_key, username, .. } = self.settings;
        digest(&[self.login.as_str(), self.settings.audience(), consumer_key, username, key])
    }

    fn is_refusal(&self, answer: &Answer) -> bool {
        is_of_token(answer)
    }
}

#[async_trait]
impl Interface for Byoc<'_> {
    async fn have_token(&self) -> Result<(), CallError> {
        self.api.have_proof().await
    }

    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError> {
        let attributes = body::attributes(self.settings, self.session, request);
        match self.settings.open_mode {
            OpenMode::Interactions => {
                let first = body::opening(self.settings, self.session, request, Some(&attributes));
                opened(&self.interact(&first, Stage::Opening).await?)
            }
            OpenMode::ConversationFirst => {
                let conversation = body::conversation(self.settings, self.session, &attributes);
                let call = Call::json(Method::POST, self.url("conversation")?, &conversation)?;
                let created = opened(&judged(self.exchange(call).await?, Stage::Opening)?)?;
                let first = body::opening(self.settings, self.session, request, None);
                let said = self.interact(&first, Stage::Opening).await.map_err(CallError::half_open)?;
                let mut opened = opened(&said).map_err(CallError::half_open)?;
                opened.provider_session_id = opened.provider_session_id.or(created.provider_session_id);
                opened.provider_data = created.provider_data.into_iter().chain(opened.provider_data).collect();
                Ok(opened)
            }
        }
    }

    async fn send(&self, message: &Message) -> Result<(), CallError> {
        require_open(self.session)?;
        self.interact(&body::message(self.settings, self.session, message), Stage::Later).await.map(drop)
    }

    /// By the call that may not exist for this product, if told to and possible; else by a last text.
    async fn end(&self) -> Result<(), CallError> {
        require_open(self.session)?;
        if self.settings.end_mode == EndMode::TryEndApi
            && let Some(conversation) = self.session.provider_session_id()
            && let Some(ended) = self.end_by_call(conversation).await?
        {
            return judged(ended, Stage::Ending).map(drop);
        }
        // A text to a session that rests or is over begins another one, with nobody behind it.
        if self.session.closing_attempted || self.session.signals.status() == Status::PostAgent || self.is_over().await
        {
            return Ok(());
        }
        let farewell = body::farewell(self.settings, self.session);
        said_at_most_once(self.interact(&farewell, Stage::Ending).await.map(drop))
    }

    async fn typing(&self, on: bool) -> Result<(), CallError> {
        let typing = body::typing(self.settings, self.session, on, self.api.connection.now());
        self.interact(&typing, Stage::Later).await.map(drop)
    }

    async fn acknowledge(&self, messages: &[SourceId], state: ReceiptState) -> Result<(), CallError> {
        let Some(conversation) = self.session.provider_session_id() else { return Ok(()) };
        for some in messages.chunks(MAX_ACKNOWLEDGEMENTS) {
            let now = self.api.connection.now();
            let body = body::acknowledgement(self.settings, self.session, conversation.as_str(), some, state, now);
            let call = Call::json(Method::POST, self.url("acknowledgement")?, &body)?;
            judged(self.exchange(call).await?, Stage::Later)?;
        }
        Ok(())
    }
}

impl<'a> Byoc<'a> {
    pub(super) fn new(
        connection: Connection<'a>,
        settings: &'a Settings,
        session: &'a Conversation,
    ) -> Result<Self, CallError> {
        let organisation = Organisation { connection, settings, login: base(&settings.login_base(), LOGIN_URL)? };
        let proof = Proof::Token(Box::new(organisation));
        Ok(Self { api: Api::new(connection, (&settings.api_base(), "/settings/apiUrl"), proof)?, settings, session })
    }

    /// `None` if the organisation has no such call.
    async fn end_by_call(&self, conversation: &ProviderSessionId) -> Result<Option<Answer>, CallError> {
        let end = json!({
            "channelAddressIdentifier": self.settings.channel_address_identifier,
            "endUserClientId": self.session.transfer_id(),
            "conversationIdentifier": conversation,
            "operation": "End",
            "operationBy": "EndUser",
        });
        let call = Call::json(Method::POST, self.url("messagingSession")?, &end)?;
        let answer = self.exchange(call).await?;
        Ok(if has_no_such_call(&answer) { None } else { Some(answer) })
    }

    /// Whether the vendor says that nobody is in the conversation, of whose end it may not have told yet. It is asked
    /// with an entry that begins nothing: that the contact does not type.
    async fn is_over(&self) -> bool {
        let silence = body::typing(self.settings, self.session, false, self.api.connection.now());
        matches!(self.interact(&silence, Stage::Ending).await, Err(CallError::Gone { .. }))
    }

    async fn interact(&self, inbound: &Value, stage: Stage) -> Result<Answer, CallError> {
        let answer = self.exchange(multipart::post(self.url("interactions")?, &inbound.to_string())?).await?;
        judged(answer, stage)
    }

    async fn exchange(&self, call: Call) -> Result<Answer, CallError> {
        let now = self.api.connection.now().timestamp_millis().to_string();
        let body = digest(&[&String::from_utf8_lossy(call.body())]);
        let request = stable_uuid(&["request", &self.session.transfer_id().to_string(), &now, &body]);
        let call = call
            .header(HeaderName::from_static("orgid"), &self.settings.org_id15)?
            .header(HeaderName::from_static("authorizationcontext"), &self.settings.auth_context)?
            .header(HeaderName::from_static("requestid"), &request)?;
        self.api.exchange(call).await
    }

    fn url(&self, operation: &str) -> Result<Url, CallError> {
        self.api.url(&["api", "v1", operation])
    }
}

/// What an opening is answered with: the vendor's interface description and its text name the record differently.
fn opened(answer: &Answer) -> Result<Opened, CallError> {
    let body: Value = answer.read()?;
    let name = text(&body, "/conversationIdentifier");
    let record = first(&body, &["/workItemIds/0", "/workItemId", "/messagingSessionId"]);
    let shown = [("conversationIdentifier", name), ("messagingSessionId", record)];
    let provider_data =
        shown.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?.into()))).collect();
    let provider_session_id = name.and_then(|name| ProviderSessionId::new(name).ok());
    Ok(Opened { provider_session_id, provider_data, ..Opened::default() })
}
