//! A running Salesforce org and the calls that a well-behaved platform makes.

use std::sync::{Arc, LazyLock};

use aws_lc_rs::{
    encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der},
    rsa::{KeyPair, KeySize},
    signature::KeyPair as _,
};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use simulators::{
    Act, Options, Script,
    bus::RecordingBus,
    salesforce::{Salesforce, SalesforceConfig},
};

use crate::{
    receiver::Receiver,
    sites::{Site, listener},
    support::{acts, answer, bodies},
};

pub const CONSUMER: &str = "3MVGconsumer";
pub const USER: &str = "integration@example.com";
pub const ORG: &str = "00Dxx0000000001";
pub const CHANNEL: &str = "72a6a4ec-acbc-44f6-b2b9-e444248ca843";
pub const RELAY_SECRET: &str = "whsec_aGFuZG9mZi1yZWxheS10ZXN0LXNlY3JldC0wMDAwMDE=";

/// A key pair as PEM: private and public.
pub struct Pair {
    pub private: String,
    pub public: String,
}

impl Pair {
    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
        let private = AsDer::<Pkcs8V1Der>::as_der(&pair).unwrap();
        let public = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).unwrap();
        let text = |tag: &str, der: &[u8]| pem::encode(&pem::Pem::new(tag, der));
        Self { private: text("PRIVATE KEY", private.as_ref()), public: text("PUBLIC KEY", public.as_ref()) }
    }

    pub fn sign(&self, claims: &Value) -> String {
        let key = EncodingKey::from_rsa_pem(self.private.as_bytes()).unwrap();
        encode(&Header::new(Algorithm::RS256), claims, &key).unwrap()
    }
}

pub static APP: LazyLock<Pair> = LazyLock::new(Pair::generate);
pub static STRANGER: LazyLock<Pair> = LazyLock::new(Pair::generate);

pub type Org = Site<Salesforce>;

impl Org {
    pub async fn start(script: Script) -> Self {
        Self::start_with(|_| {}, script).await
    }

    pub async fn start_with(change: impl FnOnce(&mut SalesforceConfig), script: Script) -> Self {
        let receiver = Receiver::start().await;
        let bus = Arc::new(RecordingBus::default());
        let mut config = SalesforceConfig::new(CONSUMER, USER, &APP.public)
            .with_relay(&receiver.url, RELAY_SECRET)
            .with_bus(bus.clone());
        change(&mut config);
        let options = Options::brisk().with_script(script);
        let handle = Salesforce::start(config, listener().await, options).unwrap();
        let mut org = Self { bus, ..Self::new(handle, receiver) };
        org.token = org.fetch_token().await;
        org
    }

    pub fn now(&self) -> i64 {
        self.handle.timer().now_ms() / 1000
    }

    pub fn claims(&self) -> Value {
        json!({ "iss": CONSUMER, "sub": USER, "aud": "https://login.salesforce.com", "exp": self.now() + 180 })
    }

    pub fn token_request(&self, assertion: &str) -> RequestBuilder {
        let form = [("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"), ("assertion", assertion)];
        self.http.post(self.url("/services/oauth2/token")).form(&form)
    }

    pub async fn fetch_token(&self) -> String {
        let body = answer(self.token_request(&APP.sign(&self.claims())), 200).await;
        assert!(body.get("expires_in").is_none());
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// A call with every header that the API wants.
    pub fn call(&self, endpoint: &str) -> RequestBuilder {
        self.http
            .post(self.url(&format!("/api/v1/{endpoint}")))
            .bearer_auth(&self.token)
            .header("OrgId", ORG)
            .header("AuthorizationContext", "handoff_Support")
            .header("RequestId", entry_id(999))
    }

    pub fn interaction(&self, body: &Value) -> RequestBuilder {
        self.interaction_with(body, &[])
    }

    pub fn interaction_with(&self, body: &Value, files: &[&[u8]]) -> RequestBuilder {
        let mut form = part("json", None, "application/json", body.to_string().as_bytes());
        for file in files {
            form.extend(part("attachments", Some("a.txt"), "text/plain", file));
        }
        form.extend(b"--frontier--\r\n");
        self.call("interactions").header("Content-Type", "multipart/form-data; boundary=frontier").body(form)
    }

    /// Sends an interaction that the org accepts; answers the body.
    pub async fn interact(&self, body: &Value) -> Value {
        answer(self.interaction(body), 202).await
    }

    /// Opens a conversation and answers its identifier.
    pub async fn open(&self, from: &str) -> String {
        let answer = self.interact(&message(from, 0, "summary")).await;
        answer["conversationIdentifier"].as_str().unwrap().to_owned()
    }

    /// One with a conversation of `tr_1`.
    pub async fn opened_with(change: impl FnOnce(&mut SalesforceConfig), script: Script) -> Self {
        let org = Self::start_with(change, script).await;
        org.open("tr_1").await;
        org
    }

    /// Lets this happen in the conversation of `tr_1`, and waits for what comes of it.
    pub async fn play(&self, happening: impl IntoIterator<Item = Act>) {
        acts(&self.handle, happening);
        self.handle.quiet().await;
    }

    /// What the relay got.
    pub fn told(&self) -> Vec<Value> {
        bodies(&self.receiver.received())
    }

    pub fn submit(&self, endpoint: &str, body: &Value) -> RequestBuilder {
        self.call(endpoint).json(body)
    }

    /// The decoded `Payload__c` of everything on the bus.
    pub fn payloads(&self) -> Vec<Value> {
        let events = self.bus.events();
        let texts = events.iter().filter_map(|it| it.detail["payload"]["Payload__c"].as_str());
        texts.map(|it| serde_json::from_str(it).unwrap()).collect()
    }

    /// `entryType` of everything on the bus.
    pub fn entry_types(&self) -> Vec<String> {
        self.payloads().iter().map(|it| it["payload"]["entryType"].as_str().unwrap().to_owned()).collect()
    }
}

/// One part of a form with the boundary `frontier`.
pub fn part(name: &str, file_name: Option<&str>, media: &str, bytes: &[u8]) -> Vec<u8> {
    let file_name = file_name.map(|it| format!("; filename=\"{it}\"")).unwrap_or_default();
    let head = format!(
        "--frontier\r\nContent-Disposition: form-data; name=\"{name}\"{file_name}\r\nContent-Type: {media}\r\n\r\n"
    );
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

pub fn entry_id(n: u32) -> String {
    format!("f7904eb6-5352-4c5e-adf6-{n:012}")
}

fn interaction(from: &str, payload: &Value) -> Value {
    json!({
        "to": CHANNEL, "from": from,
        "interactions": [{
            "timestamp": 1_795_341_600_000_i64, "interactionType": "EntryInteraction", "payload": payload,
        }],
    })
}

pub fn message(from: &str, n: u32, text: &str) -> Value {
    let id = entry_id(n);
    let payload = json!({
        "id": id, "entryType": "Message",
        "abstractMessage": {
            "messageType": "StaticContentMessage", "id": id,
            "staticContent": { "formatType": "Text", "text": text },
        },
    });
    let mut body = interaction(from, &payload);
    if n == 0 {
        body["routingAttributes"] = json!({ "TransferId": from, "Priority": "5" });
    }
    body
}

pub fn entry(from: &str, n: u32, kind: &str) -> Value {
    interaction(from, &json!({ "id": entry_id(n), "entryType": kind, "timestamp": 1_795_341_600_000_i64 }))
}

pub fn file(from: &str, n: u32, length: usize) -> Value {
    let mut body = interaction(from, &Value::Null);
    body["interactions"] = json!([{
        "timestamp": 1_795_341_600_000_i64, "interactionType": "AttachmentInteraction",
        "id": entry_id(n), "attachmentIndex": 0, "contentLength": length, "text": "see here",
    }]);
    body
}
