//! Running simulators and the calls that a well-behaved platform makes.

use std::sync::Arc;

use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use simulators::{
    Options, Script, State,
    genesys::{Genesys, GenesysConfig, GenesysHandle, RecordingBus},
    servicenow::{Auth, ServiceNow, ServiceNowConfig, ServiceNowHandle, WebhookAuth},
};
use tokio::net::TcpListener;

use crate::receiver::{PATIENCE, Receiver};

pub const INTEGRATION: &str = "integration-1";
pub const SECRET: &str = "genesys-test-secret-0001";
pub const INBOUND: &str = "acme-ai";
pub const HANDOFF_SECRET: &str = "handoff-secret-0001";

pub async fn listener() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

pub struct GenesysSite {
    pub handle: GenesysHandle,
    pub receiver: Receiver,
    pub bus: Arc<RecordingBus>,
    pub http: Client,
    pub token: String,
}

impl GenesysSite {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, Options::brisk().with_script(script)).await
    }

    pub async fn start_with(change: impl FnOnce(&mut GenesysConfig), options: Options) -> Self {
        let receiver = Receiver::start().await;
        let bus = Arc::new(RecordingBus::default());
        let mut config = GenesysConfig::new("client-1", "client-secret-1", INTEGRATION)
            .with_webhook(&receiver.url, SECRET)
            .with_bus(bus.clone());
        change(&mut config);
        let handle = Genesys::start(config, listener().await, options).unwrap();
        let mut site = Self { handle, receiver, bus, http: Client::new(), token: String::new() };
        site.token = site.fetch_token().await;
        site
    }

    pub async fn fetch_token(&self) -> String {
        let response = self.token_request().send().await.unwrap();
        assert_eq!(response.status(), 200);
        let body: Value = response.json().await.unwrap();
        assert!(body["expires_in"].is_u64());
        body["access_token"].as_str().unwrap().to_owned()
    }

    pub fn token_request(&self) -> RequestBuilder {
        self.http
            .post(format!("{}/oauth/token", self.handle.base_url()))
            .basic_auth("client-1", Some("client-secret-1"))
            .form(&[("grant_type", "client_credentials")])
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http.post(format!("{}{path}", self.handle.base_url())).bearer_auth(&self.token).json(body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http.patch(format!("{}{path}", self.handle.base_url())).bearer_auth(&self.token).json(body)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.http.get(format!("{}{path}", self.handle.base_url())).bearer_auth(&self.token).send().await.unwrap()
    }

    pub fn open_request(&self, from: &str) -> RequestBuilder {
        let path = format!("{}?prefetchConversationId=true", inbound("message"));
        self.post(&path, &message(from, &format!("{from}-m0"), "summary"))
    }

    /// Opens a conversation and answers its id.
    pub async fn open(&self, from: &str) -> String {
        let response = self.open_request(from).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let body: Value = response.json().await.unwrap();
        body["conversationId"].as_str().unwrap().to_owned()
    }

    pub async fn say(&self, from: &str, id: &str, text: &str) {
        let request = self.post(&inbound("message"), &message(from, id, text));
        assert_eq!(request.send().await.unwrap().status(), 200);
    }

    pub async fn wait(&self, holds: impl FnMut(&State) -> bool) -> State {
        self.handle.wait_until(PATIENCE, holds).await.unwrap()
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

pub struct ServiceNowSite {
    pub handle: ServiceNowHandle,
    pub receiver: Receiver,
    pub http: Client,
    pub token: String,
}

impl ServiceNowSite {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, Options::brisk().with_script(script)).await
    }

    pub async fn start_with(change: impl FnOnce(&mut ServiceNowConfig), options: Options) -> Self {
        let receiver = Receiver::start().await;
        let mut config = ServiceNowConfig::new(Auth::OAuth2, INBOUND).with_webhook(
            &receiver.url,
            HANDOFF_SECRET,
            WebhookAuth::HeaderSecret,
        );
        change(&mut config);
        let handle = ServiceNow::start(config, listener().await, options).unwrap();
        let mut site = Self { handle, receiver, http: Client::new(), token: String::new() };
        let grant = [
            ("grant_type", "client_credentials"),
            ("client_id", "servicenow-client"),
            ("client_secret", "servicenow-client-secret"),
        ];
        let response = site.token_request(&grant).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let body: Value = response.json().await.unwrap();
        body["access_token"].as_str().unwrap().clone_into(&mut site.token);
        site
    }

    pub fn token_request(&self, form: &[(&str, &str)]) -> RequestBuilder {
        self.http.post(format!("{}/oauth_token.do", self.handle.base_url())).form(form)
    }

    pub fn endpoint(&self) -> String {
        format!("{}/api/sn_va_as_service/bot/integration", self.handle.base_url())
    }

    pub fn request(&self, body: &Value) -> RequestBuilder {
        self.http.post(self.endpoint()).bearer_auth(&self.token).json(body)
    }

    /// Sends a body that the instance accepts.
    pub async fn call(&self, body: &Value) {
        let response = self.request(body).send().await.unwrap();
        assert_eq!(response.status(), 200);
        let answer: Value = response.json().await.unwrap();
        assert_eq!(answer["status"], "success");
    }

    pub async fn wait(&self, holds: impl FnMut(&State) -> bool) -> State {
        self.handle.wait_until(PATIENCE, holds).await.unwrap()
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
