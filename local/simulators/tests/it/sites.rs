//! Running simulators and the calls that a well-behaved platform makes.

use std::sync::Arc;

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use simulators::{
    Centre, Desk, Handle, Options, Script, State,
    bus::RecordingBus,
    genesys::{Genesys, GenesysConfig},
    servicenow::{Auth, ServiceNow, ServiceNowConfig, WebhookAuth},
};
use tokio::net::TcpListener;

use crate::{
    receiver::{PATIENCE, Receiver},
    support::{answer, status_of},
};

pub const INTEGRATION: &str = "integration-1";
pub const SECRET: &str = "genesys-test-secret-0001";
pub const INBOUND: &str = "acme-ai";
pub const HANDOFF_SECRET: &str = "handoff-secret-0001";

const ENDPOINT: &str = "/api/sn_va_as_service/bot/integration";

pub async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// A running simulator, what hears it, and a client with a token.
pub struct Site<C: Centre> {
    pub handle: Handle<Desk<C>>,
    pub receiver: Receiver,
    pub bus: Arc<RecordingBus>,
    pub http: Client,
    pub token: String,
}

pub type GenesysSite = Site<Genesys>;
pub type ServiceNowSite = Site<ServiceNow>;

impl<C: Centre> Site<C> {
    pub fn new(handle: Handle<Desk<C>>, receiver: Receiver) -> Self {
        Self { handle, receiver, bus: Arc::default(), http: Client::new(), token: String::new() }
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.handle.base_url())
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http.post(self.url(path)).bearer_auth(&self.token).json(body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http.patch(self.url(path)).bearer_auth(&self.token).json(body)
    }

    /// Reads a document.
    pub async fn get(&self, path: &str) -> Value {
        answer(self.http.get(self.url(path)).bearer_auth(&self.token), 200).await
    }

    pub async fn wait(&self, holds: impl FnMut(&State) -> bool) -> State {
        self.handle.wait_until(PATIENCE, holds).await.unwrap()
    }
}

impl GenesysSite {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, script).await
    }

    pub async fn start_with(change: impl FnOnce(&mut GenesysConfig), script: Script) -> Self {
        Self::start_as(change, Options::brisk().with_script(script)).await
    }

    pub async fn start_as(change: impl FnOnce(&mut GenesysConfig), options: Options) -> Self {
        let receiver = Receiver::start().await;
        let bus = Arc::new(RecordingBus::default());
        let mut config = GenesysConfig::new("client-1", "client-secret-1", INTEGRATION)
            .with_webhook(&receiver.url, SECRET)
            .with_bus(bus.clone());
        change(&mut config);
        let handle = Genesys::start(config, listener().await, options).unwrap();
        let mut site = Self { bus, ..Self::new(handle, receiver) };
        site.token = site.fetch_token().await;
        site
    }

    pub async fn fetch_token(&self) -> String {
        let body = answer(self.token_request(), 200).await;
        assert!(body["expires_in"].is_u64());
        body["access_token"].as_str().unwrap().to_owned()
    }

    pub fn token_request(&self) -> RequestBuilder {
        self.http
            .post(self.url("/oauth/token"))
            .basic_auth("client-1", Some("client-secret-1"))
            .form(&[("grant_type", "client_credentials")])
    }

    pub fn open_request(&self, from: &str) -> RequestBuilder {
        let path = format!("{}?prefetchConversationId=true", inbound("message"));
        self.post(&path, &message(from, &format!("{from}-m0"), "summary"))
    }

    /// Opens a conversation and answers its id.
    pub async fn open(&self, from: &str) -> String {
        answer(self.open_request(from), 200).await["conversationId"].as_str().unwrap().to_owned()
    }

    /// One with a conversation of `tr_1`, and its id.
    pub async fn opened(script: Script) -> (Self, String) {
        let site = Self::start(script).await;
        let id = site.open("tr_1").await;
        (site, id)
    }

    pub async fn say(&self, from: &str, id: &str, text: &str) {
        let request = self.post(&inbound("message"), &message(from, id, text));
        assert_eq!(status_of(request).await, 200);
    }

    /// The body of the first lifecycle event of a topic.
    pub fn event(&self, topic: &str) -> Value {
        let events = self.bus.events();
        events.iter().find(|it| it.detail_type.ends_with(topic)).unwrap().detail["eventBody"].clone()
    }

    pub fn topics(&self) -> Vec<String> {
        let prefix = "v2.detail.events.conversation.{id}.";
        self.bus.events().iter().map(|it| it.detail_type.strip_prefix(prefix).unwrap().to_owned()).collect()
    }
}

pub fn inbound(what: &str) -> String {
    format!("/api/v2/conversations/messages/{INTEGRATION}/inbound/open/{what}")
}

pub fn message(from: &str, id: &str, text: &str) -> Value {
    json!({
        "channel": {
            "messageId": id,
            "from": { "id": from, "idType": "Opaque", "nickname": "Test U." },
            "time": "2026-11-22T10:00:00.000Z",
            "metadata": { "customAttributes": { "transferId": from, "priority": "5" } },
        },
        "text": text,
    })
}

impl ServiceNowSite {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, script).await
    }

    pub async fn start_with(change: impl FnOnce(&mut ServiceNowConfig), script: Script) -> Self {
        let receiver = Receiver::start().await;
        let (config, auth) = (ServiceNowConfig::new(Auth::OAuth2, INBOUND), WebhookAuth::HeaderSecret);
        let mut config = config.with_webhook(&receiver.url, HANDOFF_SECRET, auth);
        change(&mut config);
        let options = Options::brisk().with_script(script);
        let mut site = Self::new(ServiceNow::start(config, listener().await, options).unwrap(), receiver);
        let grant = [
            ("grant_type", "client_credentials"),
            ("client_id", "servicenow-client"),
            ("client_secret", "servicenow-client-secret"),
        ];
        let body = answer(site.token_request(&grant), 200).await;
        body["access_token"].as_str().unwrap().clone_into(&mut site.token);
        site
    }

    pub fn token_request(&self, form: &[(&str, &str)]) -> RequestBuilder {
        self.http.post(self.url("/oauth_token.do")).form(form)
    }

    pub fn endpoint(&self) -> String {
        self.url(ENDPOINT)
    }

    pub fn request(&self, body: &Value) -> RequestBuilder {
        self.post(ENDPOINT, body)
    }

    /// Sends a body that the instance accepts.
    pub async fn call(&self, body: &Value) {
        assert_eq!(answer(self.request(body), 200).await["status"], "success");
    }
}

pub fn start_conversation(session: &str) -> Value {
    json!({
        "requestId": format!("{session}-0001"), "clientSessionId": session, "appInboundId": INBOUND,
        "botToBot": true, "action": "START_CONVERSATION", "silentMessage": false,
        "userId": "user-77", "emailId": "user@example.com",
        "timestamp": 1_768_212_000_000_i64, "timezone": "Europe/Madrid",
        "message": { "text": "", "typed": true, "clientMessageId": "m-0" },
        "contextVariables": { "live_agent_only": "true", "b2b_category": "billing" },
        "clientVariables": { "transferId": session },
        "history": [{ "isBotMessage": false, "displayName": "User", "type": "text",
                      "timestamp": "1768211990000", "value": "Card declined" }],
    })
}

pub fn plain(session: &str, n: u32, text: &str) -> Value {
    json!({
        "requestId": format!("{session}-{n:04}"), "clientSessionId": session, "appInboundId": INBOUND,
        "userId": "user-77", "silentMessage": false,
        "message": { "text": text, "typed": true, "clientMessageId": format!("m-{n}") },
    })
}

pub fn with_action(session: &str, n: u32, action: &str) -> Value {
    let mut body = plain(session, n, "");
    body["action"] = json!(action);
    body
}

/// Copies of `body`, each with what it lacks.
pub fn lacking<'a>(body: &Value, pointers: &[&'a str]) -> Vec<(&'a str, Value)> {
    pointers.iter().map(|pointer| (*pointer, with(body, pointer, None))).collect()
}

/// A copy of `body` with the value at `pointer` replaced, or removed with `None`.
pub fn with(body: &Value, pointer: &str, value: Option<Value>) -> Value {
    let mut copy = body.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = copy.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(fields), Some(value)) => {
            fields.insert(name.to_owned(), value);
        }
        (Value::Object(fields), None) => {
            fields.remove(name).unwrap();
        }
        (parent, Some(value)) => parent[name.parse::<usize>().unwrap()] = value,
        (parent, None) => panic!("cannot remove from {parent}"),
    }
    copy
}
