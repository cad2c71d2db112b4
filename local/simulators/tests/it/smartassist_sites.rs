//! Running SmartAssist accounts and the calls that a well-behaved platform makes.

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use simulators::{
    Options, Script, State,
    smartassist::{ChannelKey, SmartAssist, SmartAssistConfig, SmartAssistHandle},
};

use crate::{
    receiver::{PATIENCE, Received, Receiver},
    sites::listener,
    support::{answer, bodies},
};

pub const STREAM: &str = "st-b3a30000-0000-4000-8000-000000000001";
pub const CLIENT: &str = "cs-channel-1";
pub const CLIENT_SECRET: &str = "channel-secret-of-32-characters-1";
pub const RELAY_SECRET: &str = "whsec_aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDE=";

pub struct Account {
    pub handle: SmartAssistHandle,
    /// At the `POST_URL`.
    pub channel: Receiver,
    /// At the relay.
    pub relay: Receiver,
    pub http: Client,
}

impl Account {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, script).await
    }

    pub async fn start_with(change: impl FnOnce(&mut SmartAssistConfig), script: Script) -> Self {
        let (channel, relay) = (Receiver::start().await, Receiver::start().await);
        let key = ChannelKey::Secret(CLIENT_SECRET.to_owned());
        let mut config = SmartAssistConfig::new(STREAM, CLIENT, key)
            .with_post_url(&channel.url)
            .with_relay(&relay.url, RELAY_SECRET);
        change(&mut config);
        let options = Options::brisk().with_script(script);
        let handle = SmartAssist::start(config, listener().await, options).unwrap();
        Self { handle, channel, relay, http: Client::new() }
    }

    /// One with a conversation of `tr_1`.
    pub async fn opened(script: Script) -> Self {
        Self::opened_with(|_| {}, script).await
    }

    pub async fn opened_with(change: impl FnOnce(&mut SmartAssistConfig), script: Script) -> Self {
        let site = Self::start_with(change, script).await;
        site.open("tr_1").await;
        site
    }

    pub fn now(&self) -> i64 {
        self.handle.timer().now_ms() / 1000
    }

    /// Claims of a good token for a contact.
    pub fn claims(&self, from: &str) -> Value {
        let now = self.now();
        json!({ "appId": CLIENT, "sub": "random-1", "userIdentity": from, "iat": now, "exp": now + 300 })
    }

    pub fn with_token(&self, token: &str, body: &Value) -> RequestBuilder {
        self.http.post(self.handle.channel_url()).header("authorization", format!("bearer {token}")).json(body)
    }

    pub fn with_claims(&self, claims: &Value, body: &Value) -> RequestBuilder {
        self.with_token(&hs256(CLIENT_SECRET, claims), body)
    }

    pub fn request(&self, body: &Value) -> RequestBuilder {
        let from = body.pointer("/from/id").and_then(Value::as_str).unwrap_or("tr_1");
        self.with_claims(&self.claims(from), body)
    }

    /// Sends a body that the channel takes.
    pub async fn call(&self, body: &Value) -> Value {
        answer(self.request(body), 200).await
    }

    /// Opens a conversation and answers its `c-…` id.
    pub async fn open(&self, from: &str) -> String {
        let answer = self.call(&opening(from)).await;
        assert_eq!((&answer["status"], &answer["_v"]), (&json!("ok"), &json!("v2")));
        self.handle.conversation(from).unwrap().id
    }

    pub fn rest(&self, request: RequestBuilder) -> RequestBuilder {
        let claims = json!({ "appId": "rest-client", "sub": "random-2", "iat": self.now() });
        request.header("auth", hs256("rest-client-secret", &claims)).header("accountId", "account-1")
    }

    pub fn rest_url(&self, path: &str) -> String {
        format!("{}/agentassist/api/v1/public/{STREAM}/{path}", self.handle.base_url())
    }

    pub async fn get(&self, path: &str) -> Response {
        self.rest(self.http.get(self.rest_url(path))).send().await.unwrap()
    }

    pub async fn wait(&self, holds: impl FnMut(&State) -> bool) -> State {
        self.handle.wait_until(PATIENCE, holds).await.unwrap()
    }

    /// Waits for this type of relay event; answers all events up to now.
    pub async fn told(&self, event: &str) -> Vec<Value> {
        let found = |all: &[Received]| all.iter().any(|it| it.json()["type"] == event);
        bodies(&self.relay.wait_until(found).await)
    }
}

pub fn hs256(secret: &str, claims: &Value) -> String {
    encode(&Header::new(Algorithm::HS256), claims, &EncodingKey::from_secret(secret.as_bytes())).unwrap()
}

pub fn opening(from: &str) -> Value {
    json!({
        "session": { "new": true },
        "message": { "type": "text", "val": "talk to a person" },
        "from": { "id": from, "userInfo": { "firstName": "Test", "lastName": "User", "email": "user@example.com" } },
        "customData": { "transferId": from, "summary": "Card declined", "priority": 5 },
        "metaTags": { "sessionLevelTags": [{ "name": "transferId", "value": from }] },
        "interactiveLanguage": "en",
    })
}

pub fn text(from: &str, val: &str) -> Value {
    json!({
        "session": { "new": false }, "message": { "type": "text", "val": val },
        "from": { "id": from }, "to": { "id": STREAM },
    })
}

pub fn closure(from: &str) -> Value {
    json!({
        "session": { "new": false }, "message": { "type": "event", "val": "SESSION_CLOSURE" },
        "from": { "id": from }, "to": { "id": STREAM },
    })
}
