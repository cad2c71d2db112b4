//! Enhanced Chat: a conversation that bears our name, spoken for by a token of its own.

use async_trait::async_trait;
use http::{Method, StatusCode};
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use transfer_domain::{
    Conversation, Message, ProviderEvent, ProviderSessionId, ReceiptState, SourceId, TransferRequest,
};
use url::Url;

use super::access::Access;
use super::body;
use super::{assertion, require_open, stable_uuid, typing_entry};
use crate::client::{Answer, Call, Failures, Shape};
use crate::outbound::{Effect, base, below, ended};
use crate::salesforce::settings::Settings;
use crate::{CallError, Connection, Interface, Opened, said};
use secrecy::ExposeSecret;

/// Where the address of the interface is written.
const SCRT_URL: &str = "/settings/scrtUrl";

const API: &[&str] = &["iamessage", "api", "v2"];

/// In the state of a session: the contact's language, which goes along with each message.
const LANGUAGE: &str = "language";

/// What the vendor says of its failures (`docs/contracts/salesforce.md`, "Limits and failures").
const FAILURES: Failures = Failures { code: &["/error", "/code"], ..*Failures::NONE };

pub(super) struct Miaw<'a> {
    pub(super) connection: Connection<'a>,
    pub(super) settings: &'a Settings,
    pub(super) session: &'a Conversation,
    base: Url,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Granted {
    access_token: SecretString,
}

/// It has the session's own token.
#[async_trait]
impl Interface for Miaw<'_> {
    /// Gets the token of the transfer. It is remembered before it is used, so that a conversation whose opening's answer
    /// is lost can still be spoken for.
    async fn prepare(&self) -> Result<Map<String, Value>, CallError> {
        Ok(self.grant().await?.state())
    }

    /// The transfer's own id is the conversation's name: known before the call, and the same if it must be repeated.
    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError> {
        let mut access = self.access().await?;
        let mut attributes = body::attributes(self.settings, self.session, request);
        if let Some(name) = said::name(&request.briefing.contact) {
            attributes.insert("_firstName", name.to_owned());
        }
        let conversation = conversation(self.session);
        let body = json!({
            "conversationId": conversation,
            "esDeveloperName": self.settings.es_developer_name,
            "routingAttributes": attributes,
        });
        let call = Call::json(Method::POST, self.url(&["conversation"])?, &body)?;
        self.exchange(&mut access, call).await?.taken(Shape::DocumentOrNothing)?;
        let language =
            request.briefing.language.as_deref().map(|language| (LANGUAGE.to_owned(), Value::from(language)));
        Ok(Opened {
            provider_data: Map::from_iter([("conversationIdentifier".to_owned(), Value::from(&*conversation))]),
            provider_session_id: ProviderSessionId::new(conversation).ok(),
            provider_state: access.state().into_iter().chain(language).collect(),
            next: None,
        })
    }

    async fn send(&self, message: &Message) -> Result<(), CallError> {
        require_open(self.session)?;
        let mut body = json!({
            "message": body::abstract_message(self.session, message),
            "esDeveloperName": self.settings.es_developer_name,
            "isNewMessagingSession": false,
        });
        if let (Some(fields), Some(language)) = (body.as_object_mut(), self.session.facts.state.get(LANGUAGE)) {
            fields.insert("language".to_owned(), language.clone());
        }
        self.post("message", &body, Shape::Document).await
    }

    /// The session first, then the conversation. What is gone already is what was wanted.
    async fn end(&self) -> Result<(), CallError> {
        require_open(self.session)?;
        let mut access = self.access().await?;
        for place in [&["session"][..], &[]] {
            let mut url = self.conversation_url(place)?;
            url.query_pairs_mut().append_pair("esDeveloperName", &self.settings.es_developer_name);
            let done = self.exchange(&mut access, Call::new(Method::DELETE, url)).await;
            ended(done.and_then(|answer| answer.taken(Shape::DocumentOrNothing)))?;
        }
        Ok(())
    }

    async fn typing(&self, on: bool) -> Result<(), CallError> {
        let (id, kind) = typing_entry(self.session, on, self.connection.now().timestamp_millis());
        let typing = json!({ "entryType": kind, "id": id });
        self.post("entry", &typing, Shape::DocumentOrNothing).await
    }

    async fn acknowledge(&self, messages: &[SourceId], state: ReceiptState) -> Result<(), CallError> {
        let transfer = self.session.transfer_id().to_string();
        let kind = match state {
            ReceiptState::Delivered => "Delivery",
            ReceiptState::Read => "Read",
        };
        let acknowledged = |message: &SourceId| {
            let id = stable_uuid(&["ack", state.as_str(), &transfer, message.as_str()]);
            json!({ "id": id, "entryType": kind, "conversationEntryId": message })
        };
        let acks: Vec<Value> = messages.iter().map(acknowledged).collect();
        if acks.is_empty() {
            return Ok(());
        }
        self.post("acknowledge-entries", &json!({ "acks": acks }), Shape::DocumentOrNothing).await
    }

    async fn poll(&self) -> Result<Vec<ProviderEvent>, CallError> {
        self.look().await
    }
}

impl<'a> Miaw<'a> {
    pub(super) fn new(
        connection: Connection<'a>,
        settings: &'a Settings,
        session: &'a Conversation,
    ) -> Result<Self, CallError> {
        Ok(Self { connection, settings, session, base: base(&settings.scrt_url, SCRT_URL)? })
    }

    async fn post(&self, operation: &str, body: &Value, answered_by: Shape) -> Result<(), CallError> {
        let mut access = self.access().await?;
        let call = Call::json(Method::POST, self.conversation_url(&[operation])?, body)?;
        self.exchange(&mut access, call).await?.taken(answered_by).map(drop)
    }

    /// The session's token, or a new one for a conversation whose opening was cut off before its token was kept.
    pub(super) async fn access(&self) -> Result<Access, CallError> {
        match Access::of(self.session) {
            Some(access) => Ok(access),
            None => self.grant().await,
        }
    }

    /// Makes a call; a token that is refused is renewed once.
    pub(super) async fn exchange(&self, access: &mut Access, call: Call) -> Result<Answer, CallError> {
        let answer = self.connection.make(call.clone().bearer(&access.token)?).await?;
        if answer.status != StatusCode::UNAUTHORIZED {
            return FAILURES.judge(answer);
        }
        *access = self.renew(access).await?;
        let answer = self.connection.make(call.bearer(&access.token)?).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            // Nobody can speak for this conversation any more.
            return Err(CallError::Gone { what: "401 token".to_owned() });
        }
        FAILURES.judge(answer)
    }

    /// The next token of the same contact; where the old one cannot be continued, a new one for the same device.
    pub(super) async fn renew(&self, old: &Access) -> Result<Access, CallError> {
        let url = self.url(&["authorization", "continuation-access-token"])?;
        let continued = self.connection.make(Call::new(Method::GET, url).bearer(&old.token)?).await;
        match continued.map_err(CallError::of_token)?.success().and_then(|answer| self.granted(&answer)) {
            Ok(access) => Ok(access),
            Err(error) if error.effect() == Effect::None => Err(error),
            Err(_) => self.grant().await,
        }
    }

    /// Asks for a token: as the contact where we can prove who that is, else as a guest.
    async fn grant(&self) -> Result<Access, CallError> {
        let mut body = json!({
            "orgId": self.settings.org_id15,
            "esDeveloperName": self.settings.es_developer_name,
            "capabilitiesVersion": "1",
            "platform": "Web",
            "context": { "appName": "agent-transfer", "clientVersion": env!("CARGO_PKG_VERSION") },
            "deviceId": self.session.transfer_id(),
        });
        let mut kind = "unauthenticated";
        if let (Some(key), Some(fields)) =
            (self.connection.secrets.credentials.get("identityKeyPem"), body.as_object_mut())
        {
            kind = "authenticated";
            let contact = self.session.contact_id.as_str();
            let token = assertion::identity(self.settings, key.expose_secret(), contact, self.connection.now())?;
            fields.insert("authorizationType".to_owned(), "JWT".into());
            fields.insert("customerIdentityToken".to_owned(), token.into());
        }
        let call = Call::json(Method::POST, self.url(&["authorization", kind, "access-token"])?, &body)?;
        let answer = self.connection.make(call).await.map_err(CallError::of_token)?;
        self.granted(&answer.success().map_err(CallError::of_token)?)
    }

    fn granted(&self, answer: &Answer) -> Result<Access, CallError> {
        let granted: Granted = answer.read().map_err(CallError::of_token)?;
        if granted.access_token.expose_secret().is_empty() {
            return Err(CallError::unknown("no token in the answer").of_token());
        }
        Ok(Access::new(granted.access_token, self.connection.now()))
    }

    pub(super) fn conversation_url(&self, place: &[&str]) -> Result<Url, CallError> {
        self.url(&[&["conversation", &conversation(self.session)], place].concat())
    }

    fn url(&self, path: &[&str]) -> Result<Url, CallError> {
        below(&self.base, &[API, path].concat(), SCRT_URL)
    }
}

/// The conversation's name.
pub(super) fn conversation(session: &Conversation) -> String {
    session.transfer_id().to_string()
}
