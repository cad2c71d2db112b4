//! Calls to the webhook channel and to the public REST interface (`docs/contracts/smartassist.md`).

mod body;
mod jwe;
mod look;
mod rest;
mod token;

use std::time::Duration;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use rest::Rest;
use secrecy::ExposeSecret;
use serde_json::Value;
use token::App;
use transfer_domain::{Conversation, Message, ProviderEvent, Status, TransferRequest};

use super::settings::{EndMode, Settings};
use crate::client::{Answer, Api, Call, Failures, Proof, Shape, Signs};
use crate::reading::{code, text};
use crate::told::one;
use crate::{Availability, CallError, Calls, Connection, Interface, Opened};

#[async_trait]
impl Calls for Settings {
    fn interface<'a>(
        &'a self,
        connection: Connection<'a>,
        session: &'a Conversation,
    ) -> Result<Box<dyn Interface + 'a>, CallError> {
        let speaker = Speaker { connection, settings: self, user: session.transfer_id().to_string() };
        let address = (self.webhook_url.as_str(), "/settings/webhookUrl");
        let api = Api::new(connection, address, Proof::Signed(Box::new(speaker)))?.with_failures(&FAILURES);
        Ok(Box::new(Channel { api, settings: self, session }))
    }

    fn polled_every(&self, _status: Status) -> Option<Duration> {
        // Without a place to ask there is nothing to poll.
        (self.lifecycle_source.polls() && self.host.is_some())
            .then(|| Duration::from_secs(self.poll_interval_secs.into()))
    }

    fn says_farewell(&self) -> bool {
        self.end_mode != EndMode::Closure
    }

    async fn availability(&self, connection: Connection<'_>, queue: &str) -> Result<Availability, CallError> {
        if !self.availability_check {
            return Ok(Availability::Unknown);
        }
        match Rest::new(connection, self)? {
            Some(rest) => rest.availability(queue).await,
            None => Ok(Availability::Unknown),
        }
    }
}

/// What the vendor says of its failures: its support key (`docs/contracts/smartassist.md`, "Limits and failures").
const FAILURES: Failures = Failures { code: &["/_t"], ..*Failures::NONE };

struct Channel<'a> {
    api: Api<'a>,
    settings: &'a Settings,
    session: &'a Conversation,
}

#[async_trait]
impl Interface for Channel<'_> {
    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError> {
        let receipt = self.post(&body::opening(self.settings, self.session, request)).await?;
        if receipt.in_line {
            return Err(CallError::refused("the channel is synchronous, which knows no agent transfer"));
        }
        Ok(Opened { provider_data: one("traceId", receipt.trace), ..Opened::default() })
    }

    async fn send(&self, message: &Message) -> Result<(), CallError> {
        let as_text = body::message_as_text(self.session, message);
        if message.attachments.is_empty() || self.settings.attachment_max_mb == 0 {
            return self.post(&as_text).await.map(drop);
        }
        match self.post(&body::message(self.session, message)).await {
            // The channel may not take the file; its address as text it always takes.
            Err(CallError::Refused { .. }) => self.post(&as_text).await.map(drop),
            sent => sent.map(drop),
        }
    }

    /// Whether the closing ends a chat with a human is not documented, so the human is told first.
    async fn end(&self) -> Result<(), CallError> {
        let (tells, closes) = match self.settings.end_mode {
            EndMode::TextThenClosure => (true, true),
            EndMode::Closure => (false, true),
            EndMode::Text => (true, false),
        };
        let tells = tells && !self.session.closing_attempted;
        if tells {
            match self.post(&body::farewell(self.settings, self.session)).await {
                // The text is a courtesy: it is neither repeated nor in the way of the closing.
                Err(CallError::Ambiguous { .. } | CallError::Refused { .. }) | Ok(_) => {}
                // Nothing was done yet, so all of it can be repeated.
                Err(error) => return Err(error),
            }
        }
        if !closes {
            return Ok(());
        }
        let stream = self.stream();
        match self.post(&body::closure(self.session, stream.as_deref())).await {
            // Something was said, so not all of it may be repeated.
            Err(CallError::NotSent { what, .. }) if tells => Err(CallError::unknown(what)),
            done => done.map(drop),
        }
    }

    async fn poll(&self) -> Result<Vec<ProviderEvent>, CallError> {
        if !self.settings.lifecycle_source.polls() {
            return Ok(Vec::new());
        }
        let Some(rest) = Rest::new(self.api.connection, self.settings)? else { return Ok(Vec::new()) };
        let conversation = rest.conversation(self.session).await?;
        Ok(conversation.map(|found| look::events(self.settings, &found, self.session)).unwrap_or_default())
    }
}

/// What a message is answered with: it was taken, which says nothing of a queue.
struct Receipt {
    /// The vendor's support key.
    trace: Option<String>,
    /// The flow's words came with the answer instead of by callback.
    in_line: bool,
}

impl Channel<'_> {
    async fn post(&self, request: &Value) -> Result<Receipt, CallError> {
        let call = Call::json(Method::POST, self.api.base.clone(), request)?;
        let mut answer = self.api.exchange(call).await?;
        answer.status = own_status(&answer);
        taken(&self.api.judge(answer)?)
    }

    /// The vendor's stream: as configured, else as it stands in the channel's URL.
    fn stream(&self) -> Option<String> {
        let in_url = || self.api.base.path_segments()?.find(|segment| segment.starts_with("st-")).map(str::to_owned);
        self.settings.app_id.clone().or_else(in_url)
    }
}

/// Signs calls of the channel as the user who speaks.
struct Speaker<'a> {
    connection: Connection<'a>,
    settings: &'a Settings,
    user: String,
}

impl Signs for Speaker<'_> {
    fn sign(&self, call: Call, attempt: u8, now: DateTime<Utc>) -> Result<Call, CallError> {
        let app = App::channel(self.settings, self.connection)?;
        let integration = self.connection.integration.integration_id.as_str();
        let said = String::from_utf8_lossy(call.body()).into_owned();
        let token = app.token(Some(&self.user), &[integration, &self.user, &said, &attempt.to_string()], now)?;
        call.secret_header(AUTHORIZATION, &format!("bearer {}", token.expose_secret()))
    }

    fn is_refusal(&self, answer: &Answer) -> bool {
        own_status(answer) == StatusCode::UNAUTHORIZED
    }
}

/// An error that comes as a success tells its status in the body.
fn own_status(answer: &Answer) -> StatusCode {
    let told = || serde_json::from_slice::<Value>(&answer.body).ok()?.pointer("/errors/0/code")?.as_u64();
    let told = if answer.status.is_success() { told() } else { None };
    let told = told.and_then(|code| u16::try_from(code).ok()).and_then(|code| StatusCode::from_u16(code).ok());
    told.unwrap_or(answer.status)
}

/// The shape of a success must be that of one: else nobody knows what was done.
fn taken(answer: &Answer) -> Result<Receipt, CallError> {
    let told = Value::Object(answer.taken(Shape::Document)?);
    let in_line = told.get("data").is_some();
    if told.get("errors").is_some() || !(in_line || text(&told, "/status") == Some("ok")) {
        return Err(CallError::unknown("the answer is no acknowledgement"));
    }
    Ok(Receipt { trace: code(text(&told, "/traceId")), in_line })
}
