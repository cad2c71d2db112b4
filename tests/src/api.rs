//! The whole local stack, used through HTTP as an agent runtime or an operator would.

use std::time::Duration;

use agent_transfer::{DEMO_PROJECT, Elsewhere, Stack, StackOptions, Storage, TestClock};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use reqwest::{Client, Method};
use serde_json::{Value, json};

use crate::description;

/// An answer of the API.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// All headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON, JSON Lines as a list; null if it is none.
    pub body: Value,
}

impl Answer {
    /// The last part of a problem's `type`.
    pub fn problem(&self) -> &str {
        self.body["type"].as_str().and_then(|kind| kind.rsplit(':').next()).unwrap_or_default()
    }

    /// A text field of the body.
    pub fn str(&self, field: &str) -> String {
        self.body[field].as_str().unwrap_or_default().to_owned()
    }
}

/// A caller of the API, for one project.
#[derive(Debug, Clone)]
pub struct Api {
    client: Client,
    base: String,
    project: String,
    token: Option<String>,
}

impl Api {
    /// A caller whom the gateway gives all scopes of the project.
    pub fn new(base: &str, project: &str) -> Self {
        Self {
            client: simulators::plain_http().build().unwrap(),
            base: base.to_owned(),
            project: project.to_owned(),
            token: None,
        }
    }

    /// The same caller with a token of these claims.
    #[must_use]
    pub fn with_claims(&self, claims: &Value) -> Self {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let token = format!("{}.{}.", part(&json!({ "alg": "none" })), part(claims));
        Self { token: Some(token), ..self.clone() }
    }

    /// The project that it asks for.
    pub fn project(&self) -> &str {
        &self.project
    }

    /// The same caller asking for another project.
    #[must_use]
    pub fn in_project(&self, project: &str) -> Self {
        Self { project: project.to_owned(), ..self.clone() }
    }

    /// Sends a request to a path under the project, and holds the answer to the description of the API.
    pub async fn call(&self, method: Method, path: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Answer {
        let url = format!("{}/v1/projects/{}{path}", self.base, self.project);
        let mut request = self.client.request(method.clone(), url);
        if let Some(body) = body {
            request = request.json(body);
        }
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, format!("Bearer {token}"));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = request.send().await.unwrap();
        // As it was sent: dots in a path are resolved before.
        let path = response.url().path().to_owned();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await.unwrap();
        let media_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap_or_default();
        let of_lines = media_type == "application/jsonl";
        let body_read = if of_lines { text.lines().map(read).collect() } else { read(&text) };
        let answer = Answer { status, headers, body: body_read, text };
        let values = answer.body.as_array().filter(|_| of_lines);
        for value in values.map_or(std::slice::from_ref(&answer.body), Vec::as_slice) {
            description::hold(method.as_str(), &path, body, status, &media_type, value);
        }
        answer
    }

    /// GET.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path, None, &[]).await
    }

    /// POST.
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::POST, path, Some(body), &[]).await
    }

    /// PUT.
    pub async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path, Some(body), &[]).await
    }

    /// Creates a transfer and gives its session id.
    pub async fn create(&self, conversation: &str, provider: &str) -> String {
        let answer = self.post("/transfers", &transfer(conversation, provider)).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        answer.str("sessionId")
    }

    /// Sends a message of the contact.
    pub async fn say(&self, session: &str, id: &str, text: &str) -> Answer {
        self.post(&format!("/transfers/{session}/messages"), &json!({ "messageId": id, "text": text })).await
    }

    /// The record of a session.
    pub async fn detail(&self, session: &str) -> Answer {
        self.get(&format!("/transfers/{session}")).await
    }

    /// The status of a session.
    pub async fn status(&self, session: &str) -> String {
        self.detail(session).await.str("status")
    }

    /// The messages of a session as `(direction, author, text, delivery)`.
    pub async fn messages(&self, session: &str) -> Vec<(String, String, String, String)> {
        let page = self.get(&format!("/transfers/{session}/messages?limit=100")).await;
        let field = |item: &Value, name: &str| item[name].as_str().unwrap_or_default().to_owned();
        let items = page.body["items"].as_array().cloned().unwrap_or_default();
        items
            .iter()
            .map(|item| (field(item, "direction"), field(item, "author"), field(item, "text"), field(item, "delivery")))
            .collect()
    }

    /// What the timeline says, in its order.
    pub async fn timeline(&self, session: &str) -> Vec<String> {
        let page = self.get(&format!("/transfers/{session}/timeline?limit=100")).await;
        let items = page.body["items"].as_array().cloned().unwrap_or_default();
        items.iter().map(|item| item["what"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// The status of a session's Inbox task.
    pub async fn task_status(&self, session: &str) -> String {
        self.get(&format!("/inbox/tasks/{}", uuid(session))).await.str("status")
    }
}

/// The body of a request for a transfer by chat.
pub fn transfer(conversation: &str, provider: &str) -> Value {
    json!({
        "conversationSessionId": conversation,
        "contactId": "contact-1",
        "channel": "chat",
        "agent": "billing-agent",
        "provider": provider,
        "summary": "Wants a refund for order 42.",
    })
}

/// The uuid within a session id.
pub fn uuid(session: &str) -> String {
    session.split(':').nth(1).unwrap_or_default().to_owned()
}

/// A stack in which nothing moves but by `settle`, and a caller of its project `demo`.
pub async fn stack() -> (Stack, Api) {
    stack_with(stepped()).await
}

/// Options of a stack in which nothing moves but by `settle`: in memory, or in a part of its own of the DynamoDB that
/// the tests are to use.
pub fn stepped() -> StackOptions {
    let own_part = |endpoint| Elsewhere {
        endpoint,
        region: None,
        table: "transfers".to_owned(),
        access_key: Some(test_database::unique()),
        beside: None,
    };
    let storage = test_database::elsewhere().map_or(Storage::Memory, |endpoint| Storage::Elsewhere(own_part(endpoint)));
    StackOptions { storage, ..StackOptions::stepped(TestClock::standing()) }
}

/// A stack of these options, and a caller of its project `demo`.
pub async fn stack_with(options: StackOptions) -> (Stack, Api) {
    let stack = Stack::start(options).await.unwrap();
    let api = Api::new(stack.base_url(), DEMO_PROJECT);
    (stack, api)
}

/// The detail types of a session's events, in the order of their sequence.
pub fn event_types(stack: &Stack, session: &str) -> Vec<String> {
    let mut events: Vec<_> = events(stack, session)
        .iter()
        .map(|event| {
            let kind = event["detail-type"].as_str().unwrap_or_default().to_owned();
            (event["detail"]["sequence"].as_u64().unwrap_or_default(), kind)
        })
        .collect();
    events.sort();
    events.dedup();
    events.into_iter().map(|(_, kind)| kind).collect()
}

/// Our events about a session, as they were published.
pub fn events(stack: &Stack, session: &str) -> Vec<Value> {
    let of_session = |event: &Value| event["source"] == "agent-transfer" && event["detail"]["sessionId"] == session;
    stack.loopback().event_bridge().recorded_where(of_session)
}

/// Minutes, for readability.
pub const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}
