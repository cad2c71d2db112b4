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
use transfer_domain::{Conversation, EndReason, Integration, Message, ProviderEvent, TransferRequest};
use url::Url;

use super::SmartAssist;
use super::settings::{EndMode, Settings};
use crate::client::{Answer, Call, Shape};
use crate::draft::stored;
use crate::reading::{code, text};
use crate::{Availability, CallError, Connection, Opened, Outbound};

#[async_trait]
impl Outbound for SmartAssist {
    async fn open(
        &self,
        connection: Connection<'_>,
        session: &Conversation,
        request: &TransferRequest,
    ) -> Result<Opened, CallError> {
        let channel = Channel::new(connection)?;
        let receipt =
            channel.post(session, &body::opening(&channel.settings, session, request)).await.map_err(not_gone)?;
        if receipt.in_line {
            let what = "the channel is synchronous, which knows no agent transfer".to_owned();
            return Err(CallError::Refused { reason: EndReason::ProviderRejected, what });
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
        let channel = Channel::new(connection)?;
        if message.attachments.is_empty() || channel.settings.attachment_max_mb == 0 {
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

    fn says_farewell(&self, integration: &Integration) -> bool {
        stored::<Settings>(integration).is_ok_and(|settings| settings.end_mode != EndMode::Closure)
    }

    /// Whether the closing ends a chat with a human is not documented, so the human is told first.
    async fn end(&self, connection: Connection<'_>, session: &Conversation) -> Result<(), CallError> {
        let channel = Channel::new(connection)?;
        let (tells, closes) = match channel.settings.end_mode {
            EndMode::TextThenClosure => (true, true),
            EndMode::Closure => (false, true),
            EndMode::Text => (true, false),
        };
        let tells = tells && !session.closing_attempted;
        if tells {
            match channel.post(session, &body::farewell(&channel.settings, session)).await {
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
            Ok(_) | Err(CallError::Gone { .. }) => Ok(()),
            // Something was said, so not all of it may be repeated.
            Err(CallError::NotSent { what, .. }) if tells => Err(CallError::Ambiguous { what }),
            Err(error) => Err(error),
        }
    }

    async fn poll(&self, connection: Connection<'_>, session: &Conversation) -> Result<Vec<ProviderEvent>, CallError> {
        let settings = settings(connection)?;
        if !settings.lifecycle_source.polls() {
            return Ok(Vec::new());
        }
        let Some(rest) = Rest::new(connection, &settings)? else { return Ok(Vec::new()) };
        let conversation = rest.conversation(session).await?;
        Ok(conversation.map(|conversation| look::events(&settings, &conversation, session)).unwrap_or_default())
    }

    /// The relay and the REST interface tell names; there is nothing to ask.
    async fn representative_name(&self, _connection: Connection<'_>, _id: &str) -> Result<Option<String>, CallError> {
        Ok(None)
    }

    async fn availability(&self, connection: Connection<'_>, queue: &str) -> Result<Availability, CallError> {
        let settings = settings(connection)?;
        if !settings.availability_check {
            return Ok(Availability::Unknown);
        }
        match Rest::new(connection, &settings)? {
            Some(rest) => rest.availability(queue).await,
            None => Ok(Availability::Unknown),
        }
    }
}

fn settings(connection: Connection<'_>) -> Result<Settings, CallError> {
    stored(connection.integration).map_err(|fault| CallError::Misconfigured { what: fault.pointer })
}

/// There is no conversation yet that could be gone.
fn not_gone(error: CallError) -> CallError {
    match error {
        CallError::Gone { what } => CallError::Refused { reason: EndReason::ProviderRejected, what },
        CallError::NotSent { .. }
        | CallError::Ambiguous { .. }
        | CallError::Refused { .. }
        | CallError::Misconfigured { .. } => error,
    }
}

struct Channel<'a> {
    connection: Connection<'a>,
    settings: Settings,
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
    fn new(connection: Connection<'a>) -> Result<Self, CallError> {
        let settings = settings(connection)?;
        let url = Url::parse(&settings.webhook_url)
            .map_err(|_| CallError::Misconfigured { what: "/settings/webhookUrl".to_owned() })?;
        let app = App::channel(&settings, connection.secrets)?;
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
        let Connection { integration, client, clock, .. } = self.connection;
        let (now, user) = (clock.now(), session.transfer_id().to_string());
        let said = String::from_utf8_lossy(call.body()).into_owned();
        let token = self.app.token(Some(&user), &[integration.integration_id.as_str(), &user, &said, attempt], now)?;
        let call = call.secret_header(AUTHORIZATION, &format!("bearer {}", token.expose_secret()))?;
        client.exchange(call, now).await.map(with_own_status)
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
        return Err(CallError::Ambiguous { what: "the answer is no acknowledgement".to_owned() });
    }
    Ok(Receipt { trace: code(text(&body, "/traceId")), in_line })
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}
