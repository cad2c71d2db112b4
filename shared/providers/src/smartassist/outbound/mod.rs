//! Calls to the webhook channel and to the public REST interface (`docs/contracts/smartassist.md`).

mod body;
mod jwe;
mod look;
mod rest;
mod token;

use async_trait::async_trait;
use body::Request;
use http::header::AUTHORIZATION;
use http::{Method, StatusCode};
use rest::Rest;
use secrecy::ExposeSecret;
use serde_json::Value;
use token::App;
use transfer_domain::{Conversation, Message, ProviderEvent, TransferRequest};
use url::Url;

use super::settings::{EndMode, Settings};
use crate::client::{Answer, Call, Shape};
use crate::outbound::{base, ended};
use crate::reading::{code, text};
use crate::{Availability, CallError, Calls, Connection, Opened};

#[async_trait]
impl Calls for Settings {
    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        let channel = Channel::new(connection, self)?;
        let receipt =
            channel.post(session, &body::opening(self, session, request)).await.map_err(CallError::of_opening)?;
        if receipt.in_line {
            return Err(CallError::refused("the channel is synchronous, which knows no agent transfer"));
        }
        let trace = receipt.trace.map(|trace| ("traceId".to_owned(), Value::from(trace)));
        Ok(Opened { provider_data: trace.into_iter().collect(), ..Opened::default() })
    }

    async fn send(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        message: &Message,
    ) -> Result<(), CallError> {
        let channel = Channel::new(connection, self)?;
        if message.attachments.is_empty() || self.attachment_max_mb == 0 {
            return channel.post(session, &body::message_as_text(session, message)).await.map(drop);
        }
        match channel.post(session, &body::message(session, message)).await {
            // The channel may not take the file; its address as text it always takes.
            Err(CallError::Refused { .. }) => {
                channel.post(session, &body::message_as_text(session, message)).await.map(drop)
            }
            sent => sent.map(drop),
        }
    }

    fn says_farewell(&self) -> bool {
        self.end_mode != EndMode::Closure
    }

    /// Whether the closing ends a chat with a human is not documented, so the human is told first.
    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        let channel = Channel::new(connection, self)?;
        let (tells, closes) = match self.end_mode {
            EndMode::TextThenClosure => (true, true),
            EndMode::Closure => (false, true),
            EndMode::Text => (true, false),
        };
        let tells = tells && !session.closing_attempted;
        if tells {
            match channel.post(session, &body::farewell(self, session)).await {
                Err(CallError::Gone { .. }) => return Ok(()),
                // Nothing was done yet, so all of it can be repeated.
                Err(error @ (CallError::NotSent { .. } | CallError::Misconfigured { .. })) => return Err(error),
                // The text is a courtesy: it is neither repeated nor in the way of the closing.
                Err(CallError::Ambiguous { .. } | CallError::Refused { .. }) | Ok(_) => {}
            }
        }
        if !closes {
            return Ok(());
        }
        let stream = channel.stream();
        match channel.post(session, &body::closure(session, stream.as_deref())).await {
            // Something was said, so not all of it may be repeated.
            Err(CallError::NotSent { what, .. }) if tells => Err(CallError::unknown(what)),
            done => ended(done),
        }
    }

    async fn poll(&self, connection: Connection<'_>, session: &Conversation) -> Result<Vec<ProviderEvent>, CallError> {
        if !self.lifecycle_source.polls() {
            return Ok(Vec::new());
        }
        let Some(rest) = Rest::new(connection, self)? else { return Ok(Vec::new()) };
        let conversation = rest.conversation(session).await?;
        Ok(conversation.map(|conversation| look::events(self, &conversation, session)).unwrap_or_default())
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

struct Channel<'a> {
    connection: Connection<'a>,
    settings: &'a Settings,
    url: Url,
    app: App,
}

/// What a message is answered with: it was taken, which says nothing of a queue.
struct Receipt {
    /// The vendor's support key.
    trace: Option<String>,
    /// The flow's words came with the answer instead of by callback.
    in_line: bool,
}

impl<'a> Channel<'a> {
    fn new(connection: Connection<'a>, settings: &'a Settings) -> Result<Self, CallError> {
        let url = base(&settings.webhook_url, "/settings/webhookUrl")?;
        let app = App::channel(settings, connection.secrets)?;
        Ok(Self { connection, settings, url, app })
    }

    /// Sends once. A token that is refused is made anew once: its refusal surely had no effect.
    async fn post(&self, session: &Conversation, request: &Request<'_>) -> Result<Receipt, CallError> {
        let call = Call::json(Method::POST, self.url.clone(), request)?;
        let mut answer = self.exchange(session, call.clone(), "1").await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            answer = self.exchange(session, call, "2").await?;
        }
        taken(&answer)
    }

    async fn exchange(&self, session: &Conversation, call: Call, attempt: &str) -> Result<Answer, CallError> {
        let (now, user) = (self.connection.now(), session.transfer_id().to_string());
        let integration = self.connection.integration;
        let said = String::from_utf8_lossy(call.body()).into_owned();
        let token = self.app.token(Some(&user), &[integration.integration_id.as_str(), &user, &said, attempt], now)?;
        let call = call.secret_header(AUTHORIZATION, &format!("bearer {}", token.expose_secret()))?;
        self.connection.make(call).await.map(with_own_status)
    }

    /// The vendor's stream: as configured, else as it stands in the channel's URL.
    fn stream(&self) -> Option<String> {
        let in_url = || self.url.path_segments()?.find(|segment| segment.starts_with("st-")).map(str::to_owned);
        self.settings.app_id.clone().or_else(in_url)
    }
}

/// An error that comes as a success tells its status in the body.
fn with_own_status(mut answer: Answer) -> Answer {
    let told = json(&answer).pointer("/errors/0/code").and_then(Value::as_u64);
    let told = told.and_then(|code| u16::try_from(code).ok()).and_then(|code| StatusCode::from_u16(code).ok());
    if answer.status.is_success()
        && let Some(status) = told
    {
        answer.status = status;
    }
    answer
}

fn taken(answer: &Answer) -> Result<Receipt, CallError> {
    let body = json(answer);
    if !answer.status.is_success() {
        return Err(answer.failure(code(text(&body, "/_t")).as_deref()));
    }
    // The shape of a success must be that of one: else nobody knows what was done.
    let told = answer.taken(Shape::Document)?;
    let in_line = told.contains_key("data");
    if told.contains_key("errors") || !(in_line || text(&body, "/status") == Some("ok")) {
        return Err(CallError::unknown("the answer is no acknowledgement"));
    }
    Ok(Receipt { trace: code(text(&body, "/traceId")), in_line })
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
