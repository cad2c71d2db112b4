//! Running Five9 tenants and the calls that a well-behaved platform makes.

use reqwest::{Client, RequestBuilder};
use serde_json::{Value, json};
use simulators::{
    Options, Script, State,
    five9::{Five9, Five9Config, Five9Handle, Flavor, WebhookAuth},
};

use crate::{
    receiver::{PATIENCE, Receiver},
    sites::{Site, listener},
    support::{answer, status_of},
};

pub const SERVICE: &str = "/appsvcs/rs/svc";
pub const CHATS: &str = "/messaging-service/v1/domains/131096/delivery-profiles/delivery-profile-1/chats";

/// The OAuth client's.
pub const SECRET: &str = "five9-client-secret";

/// What a transfer keeps of its anonymous session.
#[derive(Clone, Debug)]
pub struct Session {
    pub token: String,
    pub farm: String,
    /// Scheme, host and port of the active data centre.
    pub api: String,
}

pub struct ClassicSite {
    pub handle: Five9Handle,
    pub receiver: Receiver,
    pub http: Client,
}

impl ClassicSite {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, script).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Five9Config), script: Script) -> Self {
        let mut config = Five9Config::new(Flavor::Classic);
        change(&mut config);
        let options = Options::brisk().with_script(script);
        let handle = Five9::start(config, listener().await, options).unwrap();
        Self { handle, receiver: Receiver::start().await, http: Client::new() }
    }

    pub async fn in_two_data_centres() -> Self {
        let listeners = [listener().await, listener().await];
        let options = Options::brisk().with_script(Script::Manual);
        let handle = Five9::start_in_two_data_centres(Five9Config::new(Flavor::Classic), listeners, options).unwrap();
        Self { handle, receiver: Receiver::start().await, http: Client::new() }
    }

    pub fn anonymous_request(&self, tenant: &str) -> RequestBuilder {
        let url = format!("{}{SERVICE}/auth/anon?cookieless=true", self.handle.base_url());
        self.http.post(url).json(&json!({ "tenantName": tenant }))
    }

    pub async fn session(&self) -> Session {
        let body = answer(self.anonymous_request("Acme Inc"), 200).await;
        assert_eq!(body["orgId"], "131096");
        Session {
            token: body["tokenId"].as_str().unwrap().to_owned(),
            farm: body["context"]["farmId"].as_str().unwrap().to_owned(),
            api: active(&body["metadata"]),
        }
    }

    pub fn callback_url(&self) -> String {
        format!("{}/five9/tr_1/s3cr3t", self.receiver.url)
    }

    pub fn create_body(&self, transfer: &str) -> Value {
        json!({
            "campaignName": "AI Handoff", "tenantId": 131_096, "type": "Generic",
            "externalId": transfer, "priority": 5, "callbackUrl": self.callback_url(),
            "contact": { "firstName": "Test", "lastName": "User", "email": "user@example.com" },
            "attributes": { "Question": "Card declined twice", "Custom.summary": "Card" },
        })
    }

    /// Opens a conversation and answers its session and id.
    pub async fn open(&self, transfer: &str) -> (Session, String) {
        let session = self.session().await;
        let body = answer(self.post(&session, "/conversations", &self.create_body(transfer)), 200).await;
        (session, body["id"].as_str().unwrap().to_owned())
    }

    /// One with a conversation of `tr_1`, its session and its id.
    pub async fn opened(script: Script) -> (Self, Session, String) {
        let site = Self::start(script).await;
        let (session, id) = site.open("tr_1").await;
        (site, session, id)
    }

    /// What `GET …/auth/metadata` of a data centre says.
    pub async fn metadata(&self, session: &Session) -> Value {
        answer(self.http.get(format!("{}{SERVICE}/auth/metadata", session.api)), 200).await
    }

    pub fn put(&self, session: &Session, path: &str, body: &Value) -> RequestBuilder {
        authorised(self.http.put(format!("{}{SERVICE}{path}", session.api)), session).json(body)
    }

    pub fn post(&self, session: &Session, path: &str, body: &Value) -> RequestBuilder {
        authorised(self.http.post(format!("{}{SERVICE}{path}", session.api)), session).json(body)
    }

    pub fn get(&self, session: &Session, path: &str) -> RequestBuilder {
        authorised(self.http.get(format!("{}{SERVICE}{path}", session.api)), session)
    }

    pub fn message_request(&self, session: &Session, id: &str, text: &str) -> RequestBuilder {
        let body = json!({ "messageType": "TEXT", "message": text });
        self.post(session, &format!("/conversations/{id}/messages"), &body)
    }

    pub async fn say(&self, session: &Session, id: &str, text: &str) {
        assert_eq!(status_of(self.message_request(session, id, text)).await, 200);
    }

    pub async fn status(&self, session: &Session, id: &str) -> String {
        let body = answer(self.get(session, &format!("/conversations/{id}/info")), 200).await;
        body["status"].as_str().unwrap().to_owned()
    }

    pub async fn wait(&self, holds: impl FnMut(&State) -> bool) -> State {
        self.handle.wait_until(PATIENCE, holds).await.unwrap()
    }
}

fn authorised(request: RequestBuilder, session: &Session) -> RequestBuilder {
    request.header("authorization", format!("Bearer-{}", session.token)).header("farmId", &session.farm)
}

/// Where metadata says that the API is.
pub fn active(metadata: &Value) -> String {
    let centres = metadata["dataCenters"].as_array().unwrap();
    let url = &centres.iter().find(|it| it["active"] == true).unwrap()["apiUrls"][0];
    format!("http://{}:{}", url["host"].as_str().unwrap(), url["port"].as_str().unwrap())
}

pub type OpenSite = Site<Five9>;

impl OpenSite {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, script).await
    }

    pub async fn start_with(change: impl FnOnce(&mut Five9Config), script: Script) -> Self {
        let receiver = Receiver::start().await;
        let mut config =
            Five9Config::new(Flavor::OpenMessaging).with_webhook(&receiver.url, "secret-1", WebhookAuth::PathSecret);
        change(&mut config);
        let options = Options::brisk().with_script(script);
        let mut site = Self::new(Five9::start(config, listener().await, options).unwrap(), receiver);
        let grant = [("grant_type", "client_credentials"), ("scope", "openmessaging:read openmessaging:write")];
        let response = site.token_request(SECRET, &grant).send().await.unwrap();
        if response.status() == 200 {
            let body: Value = response.json().await.unwrap();
            assert_eq!(body["token_type"], "Bearer");
            body["access_token"].as_str().unwrap().clone_into(&mut site.token);
        }
        site
    }

    pub fn token_request(&self, secret: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let url = self.url("/oauth2/v1/token");
        self.http.post(url).basic_auth("five9-client", Some(secret)).form(form)
    }

    pub async fn open(&self, transfer: &str) -> String {
        let body = answer(self.post(CHATS, &create_chat(transfer)), 200).await;
        body["chatId"].as_str().unwrap().to_owned()
    }

    pub async fn say(&self, id: &str, text: &str) {
        assert_eq!(answer(self.post(&chat(id, "/messages"), &rich_text(text)), 200).await["status"], "RECEIVED");
    }
}

pub fn chat(id: &str, rest: &str) -> String {
    format!("/messaging-service/v1/domains/131096/chats/{id}{rest}")
}

pub fn create_chat(transfer: &str) -> Value {
    json!({
        "channel": "GENERIC",
        "campaignSource": { "campaignName": "AI Handoff", "campaignHandle": "Chat" },
        "contactSource": { "clientHandle": transfer },
        "attributes": [{ "attributeName": "Custom.summary", "attributeValue": "Card declined" }],
    })
}

pub fn rich_text(text: &str) -> Value {
    json!({ "type": "RICHTEXT", "timestamp": "2026-01-12T10:00:09Z", "text": text })
}
