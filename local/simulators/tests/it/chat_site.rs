//! A running Enhanced Chat deployment and one end user's client.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use simulators::{Script, salesforce::ChatConfig};

use crate::{
    org::{ORG, Org, entry_id},
    support::answer,
};

pub const CONVERSATION: &str = "9bc16b48-cd9b-4d8b-b7f2-a376f0a05c09";

pub struct ChatSite {
    pub org: Org,
    pub token: String,
}

impl ChatSite {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, script).await
    }

    pub async fn start_with(change: impl FnOnce(&mut ChatConfig), script: Script) -> Self {
        let org = Org::start_with(|it| change(&mut it.chat), script).await;
        let mut site = Self { org, token: String::new() };
        site.token = site.fetch_token().await;
        site
    }

    /// One with an open conversation.
    pub async fn opened(script: Script) -> Self {
        let site = Self::start(script).await;
        site.open().await;
        site
    }

    pub fn url(&self, path: &str) -> String {
        self.org.url(&format!("/iamessage/api/v2/{path}"))
    }

    pub fn token_request(&self, kind: &str, body: &Value) -> RequestBuilder {
        self.org.http.post(self.url(&format!("authorization/{kind}/access-token"))).json(body)
    }

    pub async fn fetch_token(&self) -> String {
        let body = answer(self.token_request("unauthenticated", &token_body()), 200).await;
        assert_eq!(body["lastEventId"], "0");
        body["accessToken"].as_str().unwrap().to_owned()
    }

    pub fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.org.http.request(method, self.url(path)).bearer_auth(&self.token)
    }

    pub fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        self.call(Method::POST, path).json(body)
    }

    /// A call under the conversation.
    pub fn on(&self, what: &str, body: &Value) -> RequestBuilder {
        self.post(&format!("conversation/{CONVERSATION}/{what}"), body)
    }

    pub async fn open(&self) {
        assert_eq!(answer(self.post("conversation", &create()), 201).await, Value::Null);
    }

    pub async fn say(&self, n: u32, text: &str) -> Value {
        answer(self.on("message", &message(n, text)), 202).await
    }

    pub fn get(&self, path: &str) -> RequestBuilder {
        self.call(Method::GET, &format!("conversation/{CONVERSATION}{path}"))
    }

    pub async fn delete(&self, path: &str) -> u16 {
        let path = format!("conversation/{CONVERSATION}{path}?esDeveloperName=Handoff");
        self.call(Method::DELETE, &path).send().await.unwrap().status().as_u16()
    }

    pub async fn routing_status(&self) -> String {
        let body = answer(self.get(""), 200).await;
        assert_eq!(body["conversationId"], CONVERSATION);
        body["routingStatus"].as_str().unwrap().to_owned()
    }

    pub async fn entries(&self, query: &str) -> Vec<Value> {
        let body = answer(self.get(&format!("/entries{query}")), 200).await;
        body["conversationEntries"].as_array().unwrap().clone()
    }

    /// Entry types that the query finds.
    pub async fn kinds(&self, query: &str) -> Vec<String> {
        let entries = self.entries(query).await;
        entries.iter().map(|it| it["entryType"].as_str().unwrap().to_owned()).collect()
    }
}

pub fn token_body() -> Value {
    json!({
        "orgId": ORG, "esDeveloperName": "Handoff", "capabilitiesVersion": "1", "platform": "Web",
        "context": { "appName": "handoff", "clientVersion": "1.0" },
    })
}

pub fn create() -> Value {
    json!({
        "conversationId": CONVERSATION, "esDeveloperName": "Handoff",
        "routingAttributes": { "_firstName": "Test", "TransferId": "tr_1" },
    })
}

pub fn message(n: u32, text: &str) -> Value {
    json!({
        "message": {
            "id": entry_id(n), "messageType": "StaticContentMessage",
            "staticContent": { "formatType": "Text", "text": text },
        },
        "esDeveloperName": "Handoff", "isNewMessagingSession": false, "language": "de",
    })
}
