//! Contact centres that answer by a script, without a network, and sessions to call them for.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use async_trait::async_trait;
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa;
use aws_lc_rs::signature::KeyPair as _;
use chrono::{DateTime, TimeDelta, Utc};
use http::{HeaderMap, Method, StatusCode};
use serde_json::{Map, Value, json};
use transfer_domain::{
    AgentName, Author, Channel, Clock, ContactId, Conversation, Delivery, Direction, EndReason, Integration, Message,
    Names, NewTransfer, OrderKey, Priority, Provider, ProviderEvent, ProviderSessionId, ReceiptState, Representative,
    SourceId, TransferId, TransferRequest, TransferSettings,
};
use transfer_providers::{
    Adapters, Admission, Answer, Call, CallError, Calls, Connection, FIVE9, FurtherCall, GENESYS, HostPolicy,
    IntegrationSecrets, Opened, ProviderClient, SALESFORCE, SERVICENOW, SMARTASSIST, Wire,
};
use url::Url;

pub(crate) const TRANSFER: &str = "019bb1a5-ed00-7abc-8def-0123456789ab";

/// Where the service would be called back.
pub(crate) const PUBLIC_BASE_URL: &str = "https://api.example.com";

/// The secret of the webhook path.
pub(crate) const PATH_SECRET: &str = "path-secret-for-tests-0000000000000000000001";

/// One request as it came in.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Seen {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, &self.url[url::Position::BeforePath..])
    }
}

/// Answers in order; a token for every token request, counted up, unless the script has one for it.
#[derive(Clone, Default)]
pub(crate) struct Script {
    answers: Arc<Mutex<VecDeque<Answer>>>,
    token_answers: Arc<Mutex<VecDeque<Answer>>>,
    seen: Arc<Mutex<Vec<Seen>>>,
    tokens: Arc<AtomicI64>,
}

pub(crate) fn answer(status: u16, body: impl Into<Vec<u8>>) -> Answer {
    Answer { status: StatusCode::from_u16(status).unwrap(), retry_after: None, body: body.into() }
}

pub(crate) fn answer_json(status: u16, body: &Value) -> Answer {
    answer(status, body.to_string())
}

/// A success with a document.
pub(crate) fn ok_json(body: Value) -> Answer {
    answer_json(200, &body)
}

/// A document with other fields beside it, or instead of its own.
pub(crate) fn with(mut document: Value, extra: Value) -> Value {
    let Value::Object(extra) = extra else { panic!("no object: {extra}") };
    document.as_object_mut().unwrap().extend(extra);
    document
}

impl Script {
    pub(crate) fn answers(&self, answer: Answer) -> &Self {
        self.answers.lock().unwrap().push_back(answer);
        self
    }

    pub(crate) fn answers_token(&self, answer: Answer) -> &Self {
        self.token_answers.lock().unwrap().push_back(answer);
        self
    }

    /// The requests so far, those for tokens apart.
    pub(crate) fn calls(&self) -> Vec<Seen> {
        self.seen(false)
    }

    pub(crate) fn token_calls(&self) -> Vec<Seen> {
        self.seen(true)
    }

    pub(crate) fn only_call(&self) -> Seen {
        let [call] = self.calls().try_into().unwrap();
        call
    }

    fn seen(&self, tokens: bool) -> Vec<Seen> {
        self.seen.lock().unwrap().iter().filter(|seen| is_token(&seen.url) == tokens).cloned().collect()
    }

    fn answer_to(&self, call: &Call) -> Answer {
        let (method, url, headers) = (call.method().clone(), call.url().clone(), call.headers().clone());
        let wants_token = is_token(&url);
        self.seen.lock().unwrap().push(Seen { method, url, headers, body: call.body().to_vec() });
        if !wants_token {
            return self.answers.lock().unwrap().pop_front().unwrap_or_else(|| answer(418, "nothing was told"));
        }
        let told = self.token_answers.lock().unwrap().pop_front();
        told.unwrap_or_else(|| {
            let number = self.tokens.fetch_add(1, Ordering::SeqCst) + 1;
            let token =
                json!({ "access_token": format!("token-{number}"), "expires_in": 3600, "token_type": "bearer" });
            answer_json(200, &token)
        })
    }
}

/// The scripts by the addresses that they stand at.
static STANDING: Mutex<Option<HashMap<String, Script>>> = Mutex::new(None);

/// Lets a script stand at an address of its own, host and port.
pub(crate) fn serve(script: &Script) -> String {
    let mut standing = STANDING.lock().unwrap();
    let standing = standing.get_or_insert_default();
    let address = format!("127.0.0.1:{}", 20_000 + standing.len());
    standing.insert(address.clone(), script.clone());
    address
}

/// Carries calls to the scripts.
struct ToScripts;

#[async_trait]
impl Wire for ToScripts {
    async fn carry(&self, call: Call, _now: DateTime<Utc>) -> Result<Answer, CallError> {
        let address = call.url()[url::Position::BeforeHost..url::Position::AfterPort].to_owned();
        let script = STANDING.lock().unwrap().as_ref().and_then(|standing| standing.get(&address).cloned());
        script.map(|script| script.answer_to(&call)).ok_or_else(|| CallError::not_sent("no connection"))
    }
}

fn is_token(url: &Url) -> bool {
    let ends = ["/oauth/token", "/oauth2/token", "access-token", "/oauth2/v1/token", "/oauth_token.do"];
    ends.iter().any(|end| url.path().ends_with(end))
}

#[derive(Debug)]
pub(crate) struct TestClock(AtomicI64);

impl TestClock {
    pub(crate) fn advance(&self, by: TimeDelta) {
        self.0.fetch_add(by.num_milliseconds(), Ordering::SeqCst);
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_millis(self.0.load(Ordering::SeqCst)).unwrap()
    }
}

/// A provider that is served by a script.
pub(crate) struct Stage {
    pub(crate) script: Script,
    pub(crate) integration: Integration,
    pub(crate) secrets: IntegrationSecrets,
    pub(crate) client: ProviderClient,
    pub(crate) clock: TestClock,
    pub(crate) session: Conversation,
    pub(crate) request: TransferRequest,
    admission: Admission,
}

/// A key to sign with and the one to verify by.
pub(crate) struct KeyPair {
    pub(crate) private_pem: String,
    pub(crate) public_pem: String,
}

/// Made once, because making one takes time.
pub(crate) fn key_pair() -> &'static KeyPair {
    static PAIR: OnceLock<KeyPair> = OnceLock::new();
    PAIR.get_or_init(|| {
        let pair = rsa::KeyPair::generate(rsa::KeySize::Rsa2048).unwrap();
        let private: Pkcs8V1Der<'_> = pair.as_der().unwrap();
        let public: PublicKeyX509Der<'_> = pair.public_key().as_der().unwrap();
        KeyPair {
            private_pem: pem::encode(&pem::Pem::new("PRIVATE KEY", private.as_ref())),
            public_pem: pem::encode(&pem::Pem::new("PUBLIC KEY", public.as_ref())),
        }
    })
}

impl Stage {
    pub(crate) fn genesys(extra: Value) -> Self {
        let settings =
            |url: &str| json!({ "env": "usw2.pure.cloud", "integrationId": "int-1", "apiUrl": url, "loginUrl": url });
        Self::new(GENESYS, settings, extra, &[("clientId", "id"), ("clientSecret", "secret")])
    }

    pub(crate) fn servicenow(extra: Value, credentials: &[(&str, &str)]) -> Self {
        let settings = |url: &str| json!({ "instanceUrl": url, "appInboundId": "acme-ai" });
        Self::new(SERVICENOW, settings, extra, credentials)
    }

    /// With the fields of the REST interface; `credentials` come beside the usual ones or instead of them.
    pub(crate) fn smartassist(extra: Value, credentials: &[(&str, &str)]) -> Self {
        let settings = |url: &str| {
            json!({ "webhookUrl": format!("{url}/chatbot/v2/webhook/st-b3a3"), "host": url, "appId": "st-b3a3",
                    "accountId": "acc-1" })
        };
        let usual = [
            ("clientId", "cs-1"),
            ("clientSecret", "channel-secret"),
            ("restClientId", "cs-2"),
            ("restClientSecret", "rest-secret"),
        ];
        Self::new(SMARTASSIST, settings, extra, &[&usual, credentials].concat())
    }

    /// Classic; where it waits, it does so without a pause.
    pub(crate) fn five9(extra: Value) -> Self {
        let settings = |url: &str| {
            json!({ "tenantName": "Acme Inc", "campaignName": "AI Handoff", "host": url.trim_start_matches("http://"),
                    "waitActiveIntervalSecs": 0 })
        };
        let mut stage = Self::new(FIVE9, settings, extra, &[]);
        stage.secrets.path_secrets = vec![PATH_SECRET.into()];
        stage
    }

    /// Five9's Open Messaging.
    pub(crate) fn five9_chats(extra: Value) -> Self {
        let settings = |url: &str| {
            json!({ "flavor": "open_messaging", "region": "us", "campaignName": "AI Handoff", "campaignHandle": "Chat",
                    "domainId": "131096", "deliveryProfileId": "dp-1", "apiUrl": url })
        };
        Self::new(FIVE9, settings, extra, &[("clientKey", "id"), ("clientSecret", "secret")])
    }

    /// Both products, at one address.
    pub(crate) fn salesforce(extra: Value, credentials: &[(&str, &str)]) -> Self {
        let settings = |url: &str| {
            json!({
                "orgId15": "00Dxx0000000001", "myDomain": "acme", "apiUrl": url, "loginUrl": url, "consumerKey": "key-1",
                "username": "bot@example.com", "authContext": "acme_Handoff", "eventApiName": "Handoff_Outbound__e",
                "channelAddressIdentifier": "72a6a4ec-acbc-44f6-b2b9-e444248ca843", "scrtUrl": url,
                "esDeveloperName": "Handoff",
            })
        };
        Self::new(SALESFORCE, settings, extra, credentials)
    }

    /// A provider at an address of its own, with these settings and others beside them, or instead of them.
    fn new(
        provider: Provider,
        settings: impl FnOnce(&str) -> Value,
        extra: Value,
        credentials: &[(&str, &str)],
    ) -> Self {
        let script = Script::default();
        let settings = settings(&format!("http://{}", serve(&script)));
        let integration = integration(provider, &with(settings, extra));
        let credentials = credentials.iter().map(|(name, value)| ((*name).to_owned(), (*value).into())).collect();
        let (session, request) = session(&integration);
        Self {
            script,
            integration,
            secrets: IntegrationSecrets { credentials, ..IntegrationSecrets::default() },
            client: ProviderClient::over(Arc::new(ToScripts), HostPolicy::Simulated),
            clock: TestClock(AtomicI64::new(start().timestamp_millis())),
            session,
            request,
            admission: Admission::default(),
        }
    }

    /// The same, where calls are answered by these in order.
    pub(crate) fn told(self, answers: impl IntoIterator<Item = Answer>) -> Self {
        for answer in answers {
            self.script.answers(answer);
        }
        self
    }

    /// With what the session remembers.
    pub(crate) fn remembering(mut self, state: Value) -> Self {
        let Value::Object(state) = state else { panic!("no object: {state}") };
        self.session.facts.state.extend(state);
        self
    }

    /// With a conversation that the provider named.
    pub(crate) fn named(mut self, name: &str) -> Self {
        self.session.session.names = Names::from(ProviderSessionId::new(name).unwrap());
        self
    }

    /// With a representative.
    pub(crate) fn active(mut self) -> Self {
        self.activate();
        self
    }

    /// With a closing that was attempted before.
    pub(crate) fn closing(mut self) -> Self {
        self.session.session.closing_attempted = true;
        self
    }

    /// A setting that is a text.
    pub(crate) fn setting(&self, name: &str) -> &str {
        self.integration.settings.get(name).and_then(Value::as_str).unwrap()
    }

    /// What was called, tokens apart.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.script.calls().iter().map(Seen::line).collect()
    }

    /// What stands in a header of each call, tokens apart.
    pub(crate) fn headers(&self, name: &str) -> Vec<String> {
        self.script.calls().iter().map(|call| call.header(name).unwrap().to_owned()).collect()
    }

    pub(crate) fn token_lines(&self) -> Vec<String> {
        self.script.token_calls().iter().map(Seen::line).collect()
    }

    pub(crate) fn bound(&self) -> Arc<dyn Calls> {
        Adapters::outbound().get(self.integration.provider).unwrap().bind_calls(&self.integration).unwrap()
    }

    /// A representative joined.
    pub(crate) fn activate(&mut self) {
        let who = Representative { id: Some("a-1".to_owned()), name: None };
        self.session.session.signals.joined(&who, OrderKey { at_ms: 0, sequence: 0, rank: 2 });
    }

    /// For a piece of work of its own.
    pub(crate) fn connection(&self) -> Connection<'_> {
        self.admission.renew();
        Connection {
            integration: &self.integration,
            secrets: &self.secrets,
            client: &self.client,
            public_base_url: PUBLIC_BASE_URL,
            clock: &self.clock,
            admission: &self.admission,
        }
    }

    /// Prepares the opening and makes it, as `deliver` does; the state is all that the session then remembers of it.
    pub(crate) async fn open(&self) -> Result<Opened, CallError> {
        let prepared = self.prepare().await?;
        let mut opened = self.open_prepared(&prepared).await?;
        opened.provider_state = prepared.into_iter().chain(opened.provider_state).collect();
        Ok(opened)
    }

    /// Makes the opening with what was prepared for it.
    pub(crate) async fn open_prepared(&self, prepared: &Map<String, Value>) -> Result<Opened, CallError> {
        let mut session = self.session.clone();
        session.facts.state.extend(prepared.clone());
        self.bound().open(self.connection(), &session, &self.request).await
    }

    pub(crate) async fn prepare(&self) -> Result<Map<String, Value>, CallError> {
        self.bound().prepare(self.connection(), &self.session).await
    }

    /// Makes a further call of the opening.
    pub(crate) async fn open_further(&self, number: u8) -> Result<Option<FurtherCall>, CallError> {
        self.bound().open_further(self.connection(), &self.session, &self.request, number).await
    }

    pub(crate) async fn send(&self, message: &Message) -> Result<(), CallError> {
        self.bound().prepare_send(self.connection(), &self.session, message).await?;
        self.bound().send(self.connection(), &self.session, message).await
    }

    pub(crate) async fn typing(&self, on: bool) -> Result<(), CallError> {
        self.bound().typing(self.connection(), &self.session, on).await
    }

    /// Acknowledges messages of these ids.
    pub(crate) async fn acknowledge(&self, ids: &[&str], state: ReceiptState) -> Result<(), CallError> {
        let ids: Vec<SourceId> = ids.iter().map(|id| id.parse().unwrap()).collect();
        self.bound().acknowledge(self.connection(), &self.session, &ids, state).await
    }

    pub(crate) async fn end(&self) -> Result<(), CallError> {
        self.bound().end(self.connection(), &self.session).await
    }

    pub(crate) async fn poll(&self) -> Result<Vec<ProviderEvent>, CallError> {
        self.bound().poll(self.connection(), &self.session).await
    }
}

pub(crate) fn start() -> DateTime<Utc> {
    DateTime::from_timestamp_millis(1_768_212_000_000).unwrap()
}

pub(crate) fn integration(provider: Provider, settings: &Value) -> Integration {
    let stored = json!({
        "projectId": "p1", "integrationId": "int_1", "provider": provider, "settings": settings,
        "createdAt": start(), "updatedAt": start(), "version": 1,
    });
    serde_json::from_value(stored).unwrap()
}

fn session(integration: &Integration) -> (Conversation, TransferRequest) {
    let turn = |role: &str, text: &str| json!({ "role": role, "text": text, "at": start() - TimeDelta::seconds(9) });
    let told = json!({
        "reason": "Card declined", "summary": "Refund for order 42, ID checked",
        "skills": ["billing", "de"], "language": "de",
        "contact": { "name": "Test User", "email": "user@example.com" },
        "history": [turn("contact", "Card declined"), turn("agent", "Let me get a person")],
    });
    let request = NewTransfer {
        conversation_session_id: "conv-1".parse().unwrap(),
        contact_id: ContactId::new("user-77").unwrap(),
        channel: Channel::Chat,
        agent: AgentName::new("Bot").unwrap(),
        queue: Some("billing".parse().unwrap()),
        priority: Some(Priority::USUAL),
        labels: transfer_domain::Labels::default(),
        request: serde_json::from_value(told).unwrap(),
    };
    let id: TransferId = TRANSFER.parse().unwrap();
    let (transition, request) =
        transfer_domain::create(request, id, integration, vec![], &TransferSettings::default(), start());
    (Conversation::untold(transition.session), request)
}

pub(crate) fn message(text: &str, attachments: &[(&str, Option<&str>)]) -> Message {
    let attachment = |(url, sort): &(&str, Option<&str>)| json!({ "url": url, "contentType": sort });
    let message = json!({
        "sequence": 7, "messageId": "caller-1", "direction": Direction::Outbound, "author": Author::Contact,
        "text": text, "attachments": attachments.iter().map(attachment).collect::<Vec<_>>(),
        "delivery": Delivery::Pending, "acceptedAt": start() + TimeDelta::seconds(30),
    });
    serde_json::from_value(message).unwrap()
}

/// The choice of an option of a message of the contact centre.
pub(crate) fn choice(value: &str, label: &str) -> Message {
    let message_id = SourceId::new("3f6c1a52-0000-4000-8000-000000000001").unwrap();
    let reply = transfer_domain::Reply { message_id, value: value.to_owned(), label: Some(label.to_owned()) };
    Message { reply: Some(reply), ..message(label, &[]) }
}

/// What a status on any call means.
pub(crate) fn status_answer(status: u16) -> Answer {
    answer(status, "{}")
}

/// What a failed call allows, in a word.
#[expect(clippy::needless_pass_by_value, reason = "it is given what a call has just returned")]
pub(crate) fn class(result: Result<(), CallError>) -> &'static str {
    match result {
        Ok(()) => "done",
        Err(CallError::NotSent { .. }) => "not sent",
        Err(CallError::NotYet { .. }) => "not yet",
        Err(CallError::Ambiguous { .. }) => "ambiguous",
        Err(CallError::Refused { reason: EndReason::ProviderRejected, .. }) => "refused",
        Err(CallError::Refused { .. }) => "failed",
        Err(CallError::Gone { .. }) => "gone",
        Err(CallError::Misconfigured { .. }) => "misconfigured",
    }
}
