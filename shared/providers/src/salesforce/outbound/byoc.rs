//! Bring Your Own Channel: one token of the organisation, one interaction a call.

use http::{HeaderName, Method};
use serde_json::{Value, json};
use transfer_domain::{Conversation, Message, ProviderSessionId, ReceiptState, SourceId, Status, TransferRequest};
use url::Url;

use super::body::{self, InteractionBody};
use super::refusal::{Stage, has_no_such_call, is_of_token, judged};
use super::{assertion, credential, gone_means_refused, joined, misconfigured, multipart, stable_uuid};
use crate::client::{Answer, Call, TokenRequest, TokenSource};
use crate::outbound::said_at_most_once;
use crate::reading::{digest, text};
use crate::salesforce::settings::{EndMode, OpenMode, Settings};
use crate::{CallError, Connection, Opened};

const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// More acknowledgements are not taken in one call.
const MAX_ACKNOWLEDGEMENTS: usize = 25;

pub(super) struct Byoc<'a> {
    connection: Connection<'a>,
    settings: &'a Settings,
    base: Url,
    login: Url,
}

impl TokenSource for Byoc<'_> {
    fn request(&self) -> Result<TokenRequest, CallError> {
        let key = credential(self.connection, "privateKeyPem")?;
        let assertion = assertion::bearer(self.settings, key, self.connection.clock.now())?;
        let url = joined(&self.login, &["services", "oauth2", "token"], "/settings/loginUrl")?;
        let call = Call::form(url, &[("grant_type", GRANT), ("assertion", &assertion)]);
        Ok(TokenRequest { call, fallback_ttl_secs: self.settings.token_cache_secs })
    }

    fn identity(&self) -> String {
        let key = credential(self.connection, "privateKeyPem").unwrap_or_default();
        let Settings { consumer_key, username, .. } = self.settings;
        digest(&[self.login.as_str(), self.settings.audience(), consumer_key, username, key])
    }

    fn is_refusal(&self, answer: &Answer) -> bool {
        is_of_token(answer)
    }
}

impl<'a> Byoc<'a> {
    pub(super) fn new(connection: Connection<'a>, settings: &'a Settings) -> Result<Self, CallError> {
        let base = Url::parse(&settings.api_base()).map_err(|_| misconfigured("/settings/apiUrl"))?;
        let login = Url::parse(&settings.login_base()).map_err(|_| misconfigured("/settings/loginUrl"))?;
        Ok(Self { connection, settings, base, login })
    }

    pub(super) async fn have_token(&self) -> Result<(), CallError> {
        let Connection { integration, client, clock, .. } = self.connection;
        client.have_token(integration, clock, self, &self.base).await
    }

    pub(super) async fn open(&self, session: &Conversation, request: &TransferRequest) -> Result<Opened, CallError> {
        let attributes = body::attributes(self.settings, session, request);
        match self.settings.open_mode {
            OpenMode::Interactions => {
                let first = body::opening(self.settings, session, request, Some(attributes));
                opened(&self.interact(session, &first, Stage::Opening).await?)
            }
            OpenMode::ConversationFirst => {
                let conversation = body::conversation(self.settings, session, &attributes);
                let call = Call::json(Method::POST, self.url("conversation")?, &conversation)?;
                let created = opened(&judged(self.exchange(session, call).await?, Stage::Opening)?)?;
                let first = body::opening(self.settings, session, request, None);
                let said = self.interact(session, &first, Stage::Opening).await.map_err(no_repetition)?;
                let mut opened = opened(&said).map_err(no_repetition)?;
                opened.provider_session_id = opened.provider_session_id.or(created.provider_session_id);
                opened.provider_data = created.provider_data.into_iter().chain(opened.provider_data).collect();
                Ok(opened)
            }
        }
    }

    pub(super) async fn send(&self, session: &Conversation, message: &Message) -> Result<(), CallError> {
        self.interact(session, &body::message(self.settings, session, message), Stage::Later).await.map(drop)
    }

    /// By the call that may not exist for this product, if told to and possible; else by a last text.
    pub(super) async fn end(&self, session: &Conversation) -> Result<(), CallError> {
        if self.settings.end_mode == EndMode::TryEndApi
            && let Some(conversation) = session.provider_session_id()
            && let Some(ended) = self.end_by_call(session, conversation).await?
        {
            return judged(ended, Stage::Ending).map(drop);
        }
        // A text to a session that rests or is over begins another one, with nobody behind it.
        if session.closing_attempted || session.signals.status() == Status::PostAgent || self.is_over(session).await {
            return Ok(());
        }
        let farewell = body::farewell(self.settings, session);
        said_at_most_once(self.interact(session, &farewell, Stage::Ending).await.map(drop))
    }

    /// `None` if the organisation has no such call.
    async fn end_by_call(
        &self,
        session: &Conversation,
        conversation: &ProviderSessionId,
    ) -> Result<Option<Answer>, CallError> {
        let end = json!({
            "channelAddressIdentifier": self.settings.channel_address_identifier,
            "endUserClientId": session.transfer_id(),
            "conversationIdentifier": conversation,
            "operation": "End",
            "operationBy": "EndUser",
        });
        let call = Call::json(Method::POST, self.url("messagingSession")?, &end)?;
        let answer = self.exchange(session, call).await?;
        Ok(if has_no_such_call(&answer) { None } else { Some(answer) })
    }

    /// Whether the vendor says that nobody is in the conversation, of whose end it may not have told yet. It is asked
    /// with an entry that begins nothing: that the contact does not type.
    async fn is_over(&self, session: &Conversation) -> bool {
        let silence = body::typing(self.settings, session, false, self.connection.clock.now());
        matches!(self.interact(session, &silence, Stage::Ending).await, Err(CallError::Gone { .. }))
    }

    pub(super) async fn typing(&self, session: &Conversation, on: bool) -> Result<(), CallError> {
        let typing = body::typing(self.settings, session, on, self.connection.clock.now());
        self.interact(session, &typing, Stage::Later).await.map(drop)
    }

    pub(super) async fn acknowledge(
        &self,
        session: &Conversation,
        messages: &[SourceId],
        state: ReceiptState,
    ) -> Result<(), CallError> {
        let Some(conversation) = session.provider_session_id() else { return Ok(()) };
        for some in messages.chunks(MAX_ACKNOWLEDGEMENTS) {
            let now = self.connection.clock.now();
            let body = body::acknowledgement(self.settings, session, conversation.as_str(), some, state, now);
            let call = Call::json(Method::POST, self.url("acknowledgement")?, &body)?;
            judged(self.exchange(session, call).await?, Stage::Later)?;
        }
        Ok(())
    }

    async fn interact(
        &self,
        session: &Conversation,
        inbound: &InteractionBody<'_>,
        stage: Stage,
    ) -> Result<Answer, CallError> {
        let json =
            serde_json::to_string(inbound).map_err(|_| misconfigured("the request cannot be written as JSON"))?;
        let answer = self.exchange(session, multipart::post(self.url("interactions")?, &json)?).await?;
        judged(answer, stage)
    }

    async fn exchange(&self, session: &Conversation, call: Call) -> Result<Answer, CallError> {
        let Connection { integration, client, clock, .. } = self.connection;
        let now = clock.now().timestamp_millis().to_string();
        let body = digest(&[&String::from_utf8_lossy(call.body())]);
        let request = stable_uuid(&["request", &session.transfer_id().to_string(), &now, &body]);
        let call = call
            .header(HeaderName::from_static("orgid"), &self.settings.org_id15)?
            .header(HeaderName::from_static("authorizationcontext"), &self.settings.auth_context)?
            .header(HeaderName::from_static("requestid"), &request)?;
        client.call_with_token(integration, clock, self, call).await
    }

    fn url(&self, operation: &str) -> Result<Url, CallError> {
        joined(&self.base, &["api", "v1", operation], "/settings/apiUrl")
    }
}

/// What an opening is answered with: the vendor's interface description and its text name the record differently.
fn opened(answer: &Answer) -> Result<Opened, CallError> {
    let body: Value = answer.read()?;
    let name = text(&body, "/conversationIdentifier");
    let record = ["/workItemIds/0", "/workItemId", "/messagingSessionId"].iter().find_map(|place| text(&body, place));
    let shown = [("conversationIdentifier", name), ("messagingSessionId", record)];
    let provider_data =
        shown.into_iter().filter_map(|(field, value)| Some((field.to_owned(), value?.into()))).collect();
    let provider_session_id = name.and_then(|name| ProviderSessionId::new(name).ok());
    Ok(Opened { provider_session_id, provider_data, ..Opened::default() })
}

/// An opening of two calls cannot be begun again once the first was taken.
fn no_repetition(error: CallError) -> CallError {
    match error {
        CallError::NotSent { what, .. } => CallError::Ambiguous { what: format!("half open: {what}") },
        CallError::Ambiguous { .. }
        | CallError::Refused { .. }
        | CallError::Gone { .. }
        | CallError::Misconfigured { .. } => gone_means_refused(error),
    }
}
