//! The hands of a demonstration: it uses the API as an agent runtime does and listens to the bus.

use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;

use super::story::{Missed, Sign, Story};
use super::words::text;
use crate::setup::DEMO_PROJECT;
use crate::stack::Stack;

/// How long a step may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// One transfer being played.
pub(super) struct Player<'a> {
    pub(super) stack: &'a Stack,
    pub(super) story: Story,
    client: Client,
    /// How many events of the bus were seen.
    seen: usize,
    session: String,
    /// When the transfer expires, as far as we were told.
    pub(super) expiry: String,
}

impl<'a> Player<'a> {
    pub(super) fn new(stack: &'a Stack, story: Story) -> Self {
        let seen = *stack.loopback().event_bridge().accepted().borrow();
        Self { stack, story, client: Client::new(), seen, session: String::new(), expiry: String::new() }
    }

    /// The path of the transfer or of something below it.
    pub(super) fn path(&self, below: &str) -> String {
        format!("/transfers/{}{below}", self.session)
    }

    /// The transfer's uuid, which providers see.
    pub(super) fn transfer(&self) -> &str {
        self.session.split(':').nth(1).unwrap_or_default()
    }

    pub(super) fn follow(&mut self, record: &Value) {
        text(record, "/sessionId").clone_into(&mut self.session);
        text(record, "/expiresAt").clone_into(&mut self.expiry);
    }

    /// A request that must be answered with this status.
    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&Value>,
        expected: StatusCode,
    ) -> Result<Value, Missed> {
        let url = format!("{}/v1/projects/{DEMO_PROJECT}{path}", self.stack.base_url());
        let shown = if self.session.is_empty() { path.to_owned() } else { path.replace(&self.session, "…") };
        self.story.tell(Sign::Request, format_args!("{method} {shown}"));
        let mut request = self.client.request(method.clone(), url).timeout(PATIENCE);
        if let Some(body) = body {
            request = request.json(body);
        }
        let failed = |error: reqwest::Error| Missed(format!("{method} {path}: {error}"));
        let response = request.send().await.map_err(failed)?;
        let status = response.status();
        let body: Value = response.json().await.map_err(failed)?;
        if status == expected { Ok(body) } else { Err(Missed(format!("{method} {path} answered {status}: {body}"))) }
    }

    /// The transfer's record.
    pub(super) async fn record(&mut self) -> Result<Value, Missed> {
        let record = self.ask(Method::GET, &self.path(""), None, StatusCode::OK).await?;
        text(&record, "/expiresAt").clone_into(&mut self.expiry);
        Ok(record)
    }

    /// Tells the transfer's events as they come, until one of this kind fits.
    pub(super) async fn await_event(
        &mut self,
        kind: &str,
        fits: impl Fn(&Value) -> bool + Send,
    ) -> Result<Value, Missed> {
        let missed = || Missed(format!("the event {kind} did not come within {} s", PATIENCE.as_secs()));
        tokio::time::timeout(PATIENCE, self.next_event(kind, fits)).await.map_err(|_| missed())
    }

    async fn next_event(&mut self, kind: &str, fits: impl Fn(&Value) -> bool + Send) -> Value {
        let bus = self.stack.loopback().event_bridge().clone();
        let mut accepted = bus.accepted();
        loop {
            accepted.mark_unchanged();
            for event in bus.events_since(self.seen) {
                self.seen += 1;
                if event.pointer("/detail/sessionId").and_then(Value::as_str) != Some(&self.session) {
                    continue;
                }
                self.story.tell_event(&event);
                if event.get("detail-type").and_then(Value::as_str) == Some(kind) && fits(&event) {
                    return event;
                }
            }
            if accepted.changed().await.is_err() {
                // The bus lives as long as the stack, which is borrowed.
                std::future::pending::<()>().await;
            }
        }
    }
}
