//! Calls to the classic messaging interface (`docs/contracts/five9.md`).

use std::time::Duration;

use async_trait::async_trait;
use http::{Method, StatusCode};
use serde_json::{Map, Value, json};
use transfer_domain::{
    Conversation, Correlation, EndReason, EndedBy, EventKind, Message, Order, ProviderEvent, ProviderSessionId,
    ReceiptState, SourceId, Status, TransferRequest,
};
use url::Url;

use super::super::settings::fields::Field;
use super::super::settings::paths::Operation;
use super::super::settings::{Attachments, EndMethod, On401, Settings, host_url};
use super::super::state;
use super::access::{Access, conversation};
use super::{body, has_no_such_call, transfer_secret};
use crate::client::{Answer, Call, Failure, Failures, Meaning, Shape};
use crate::outbound::said_at_most_once;
use crate::reading::{code, digest};
use crate::said::with_links;
use crate::told::{ended, event, of_session, one};
use crate::{CallError, Connection, Interface, Opened};

/// "Service migrated": the conversation lives at another data centre now.
const MIGRATED: &str = "5001";

/// Five9's own status for trouble within.
const INTERNAL_TROUBLE: u16 = 435;

/// Conversations that move, and trouble within (`docs/contracts/five9.md`, "Limits and failures"). One that moves was not
/// there to be called; it may be by the next time.
const TROUBLE: &[(Failure, Meaning)] = &[
    (Failure::StatusAndCode(INTERNAL_TROUBLE, MIGRATED), Meaning::NotSent),
    (Failure::Status(INTERNAL_TROUBLE), Meaning::Unknown),
];

/// The code stands in a field whose name is a setting.
const ENDED_BY_401: Failures =
    Failures { meanings: &[TROUBLE, &[(Failure::Status(401), Meaning::Gone)]], ..*Failures::NONE };

const FAILED_BY_401: Failures = Failures {
    meanings: &[TROUBLE, &[(Failure::Status(401), Meaning::Refused(EndReason::ProviderError))]],
    ..*Failures::NONE
};

pub(super) struct Classic<'a> {
    pub(super) connection: Connection<'a>,
    pub(super) settings: &'a Settings,
    session: &'a Conversation,
    login: Url,
}

/// Every transfer has an anonymous session of its own: one token is one conversation.
#[async_trait]
impl Interface for Classic<'_> {
    /// Begins an anonymous session. It is remembered before it is spoken in, so that a conversation whose opening's
    /// answer is lost can still be spoken in.
    async fn prepare(&self) -> Result<Map<String, Value>, CallError> {
        Ok(self.log_in().await?.to_state())
    }

    async fn open(&self, request: &TransferRequest) -> Result<Opened, CallError> {
        let callback_url = self.callback_url()?;
        let mut access = match Access::prepared(self.session, &self.login, self.connection.hosts()) {
            Some(access) => access,
            None => self.log_in().await?,
        };
        let mut answer = self.create(&mut access, request, &callback_url).await?;
        if answer.status == StatusCode::UNAUTHORIZED {
            access = self.log_in().await?;
            answer = self.create(&mut access, request, &callback_url).await?;
        }
        let created: Value = self.success(answer)?.read()?;
        let names = &self.settings.field_aliases;
        let told = names.text(&created, Field::ConversationId).or_else(|| names.text(&created, Field::CorrelationId));
        let Some(id) = told.and_then(|id| ProviderSessionId::new(id).ok()) else {
            return Err(CallError::unknown("the answer names no conversation"));
        };
        let mut provider_state = access.to_state();
        provider_state.insert(state::CONVERSATION.to_owned(), id.as_str().into());
        Ok(Opened {
            provider_session_id: shown(&access, id),
            provider_data: one("campaignName", Some(self.settings.campaign_name.as_str())),
            provider_state,
            next: None,
        })
    }

    /// Before the first message it is asked whether the conversation is active.
    async fn prepare_send(&self, message: &Message) -> Result<(), CallError> {
        let is_first = self.session.waiting_from.is_none_or(|first| first >= message.sequence);
        if !is_first || self.session.status() == Status::Active || self.settings.wait_active == 0 {
            return Ok(());
        }
        let (mut access, id) = self.access().await?;
        self.wait_until_active(&mut access, id).await
    }

    async fn send(&self, message: &Message) -> Result<(), CallError> {
        let (mut access, id) = self.access().await?;
        let (files, links) = match self.settings.attachments {
            Attachments::Off => (Vec::new(), message.attachments.iter().collect()),
            Attachments::Upload => self.upload_all(&access, &message.attachments).await,
        };
        let text = with_links(&message.text, links);
        self.say(&mut access, id, &body::classic_message(self.settings, &text, files)).await
    }

    async fn end(&self) -> Result<(), CallError> {
        let (mut access, id) = self.access().await?;
        let answer = match self.settings.end_method {
            EndMethod::None => None,
            EndMethod::PostTerminate => {
                let no_more = json!({});
                Some(self.call(&mut access, Method::POST, Operation::Terminate, id, Some(&no_more)).await?)
            }
        };
        match answer {
            Some(answer) if !has_no_such_call(&answer) => self.success(answer)?.taken(Shape::Document).map(drop),
            Some(_) | None if self.session.closing_attempted => Ok(()),
            Some(_) | None => {
                let goodbye = body::classic_message(self.settings, body::GOODBYE, Vec::new());
                said_at_most_once(self.say(&mut access, id, &goodbye).await)
            }
        }
    }

    /// The state of the conversation, and where it lives if it moved.
    async fn poll(&self) -> Result<Vec<ProviderEvent>, CallError> {
        if conversation(self.session).is_none() {
            return Ok(Vec::new());
        }
        let (mut access, id) = self.access().await?;
        let over = self.is_over(&mut access, id).await?;
        let found = |source_id, kind| {
            let correlation = Correlation { provider_session_id: None, ..of_session(self.session) };
            let provider_state = if access.moved { access.to_state() } else { Map::new() };
            ProviderEvent { provider_state, ..event(correlation, Order::Arrival, source_id, kind) }
        };
        let mut events = vec![found(None, EventKind::Accepted)];
        if over == Some(true) {
            let id = SourceId::new(format!("poll-ended-{}", self.session.transfer_id())).ok();
            events.push(found(id, ended((EndedBy::System, EndReason::Reconciled))));
        }
        Ok(events)
    }

    /// Tells that messages of the representative arrived, those that Five9 gave a number. It does not tell what was read
    /// from what arrived.
    async fn acknowledge(&self, messages: &[SourceId], _state: ReceiptState) -> Result<(), CallError> {
        let numbers: Vec<&str> =
            messages.iter().filter_map(|message| Some(message.as_str().rsplit_once(':')?.1)).collect();
        if numbers.is_empty() {
            return Ok(());
        }
        let (mut access, id) = self.access().await?;
        let told = body::acknowledgement(self.settings, &numbers);
        let answer = self.call(&mut access, Method::PUT, Operation::Acknowledge, id, Some(&told)).await?;
        self.success(answer)?.taken(Shape::Document).map(drop)
    }
}

impl<'a> Classic<'a> {
    pub(super) fn new(
        connection: Connection<'a>,
        settings: &'a Settings,
        session: &'a Conversation,
    ) -> Result<Self, CallError> {
        let login =
            host_url(&settings.host, connection.hosts()).map_err(|_| CallError::misconfigured("/settings/host"))?;
        Ok(Self { connection, settings, session, login })
    }

    fn callback_url(&self) -> Result<String, CallError> {
        let Connection { integration, secrets, public_base_url, .. } = self.connection;
        if public_base_url.is_empty() {
            return Err(CallError::misconfigured("the service's own public URL is not configured"));
        }
        let newest = secrets.path_secrets.first();
        let newest = newest.ok_or_else(|| CallError::misconfigured("there is no webhook path secret"))?;
        let transfer = self.session.transfer_id();
        let secret = transfer_secret(newest, transfer);
        Ok(format!("{public_base_url}/v1/webhooks/five9/{}/{secret}/{transfer}", integration.integration_id))
    }

    /// Whatever happens at a login, no conversation was touched.
    async fn log_in(&self) -> Result<Access, CallError> {
        let names = &self.settings.field_aliases;
        let mut tenant = Map::new();
        names.put(&mut tenant, Field::TenantName, self.settings.tenant_name.as_str());
        let url = self.settings.path_overrides.url(&self.login, Operation::AnonymousAuth, &[])?;
        let answer = self.exchange(Call::json(Method::POST, url, &Value::Object(tenant))?).await;
        let answer = answer.and_then(|answer| self.judge(answer, On401::FailCall)).map_err(without_effect)?;
        let told: Value = answer.read().map_err(without_effect)?;
        Access::from_login(names, &told, &self.login, self.connection.hosts())
    }

    async fn create(
        &self,
        access: &mut Access,
        request: &TransferRequest,
        callback_url: &str,
    ) -> Result<Answer, CallError> {
        let opening = body::classic_opening(self.settings, self.session, request, access.org.as_deref(), callback_url);
        self.call(access, Method::POST, Operation::Create, "", Some(&opening)).await
    }

    /// The way into a session's conversation, and its name.
    async fn access(&self) -> Result<(Access, &'a str), CallError> {
        let access = Access::of_session(self.session, &self.login, self.connection.hosts());
        let (Some(mut access), Some(id)) = (access, conversation(self.session)) else {
            return Err(CallError::nameless("conversation"));
        };
        if !access.is_told
            && let Ok(place) = self.log_in().await
        {
            // Only a login tells data centre and farm together. Best effort: the login host may know the conversation.
            access.stay_at(place);
        }
        Ok((access, id))
    }

    async fn say(&self, access: &mut Access, id: &str, message: &Value) -> Result<(), CallError> {
        let answer = self.call(access, Method::POST, Operation::Message, id, Some(message)).await?;
        self.success(answer)?.taken(Shape::Document).map(drop)
    }

    /// Five9 may not take messages before the conversation is active. What `ACTIVE` means is not documented, so one
    /// that does not become it is spoken to all the same.
    async fn wait_until_active(&self, access: &mut Access, id: &str) -> Result<(), CallError> {
        let pause = Duration::from_secs(self.settings.wait_active_interval_secs.into());
        let mut unanswered = 0;
        for question in 0..self.settings.wait_active {
            if question > 0 {
                self.connection.pause(pause).await;
            }
            match self.is_over(access, id).await {
                Ok(Some(false)) => return Ok(()),
                Ok(Some(true)) => return Err(CallError::Gone { what: "TERMINATED".to_owned() }),
                Err(error @ CallError::Gone { .. }) => return Err(error),
                Ok(None) => {}
                // Each may have taken the time of an exchange, and the message needs its own.
                Err(_) if unanswered == 1 => return Ok(()),
                Err(_) => unanswered += 1,
            }
        }
        Ok(())
    }

    /// Whether the conversation is over (`TERMINATED`) or not (`ACTIVE`); `None` for any other word.
    async fn is_over(&self, access: &mut Access, id: &str) -> Result<Option<bool>, CallError> {
        let answer = self.call(access, Method::GET, Operation::Info, id, None).await?;
        let info: Value = self.success(answer)?.read()?;
        let status = self.settings.field_aliases.text(&info, Field::Status).unwrap_or_default();
        Ok(match status.to_ascii_uppercase().as_str() {
            "TERMINATED" => Some(true),
            "ACTIVE" => Some(false),
            _ => None,
        })
    }

    /// A call in the conversation; one that moved to another data centre is followed there, once.
    async fn call(
        &self,
        access: &mut Access,
        method: Method,
        operation: Operation,
        id: &str,
        body: Option<&Value>,
    ) -> Result<Answer, CallError> {
        let answer = self.call_there(access, method.clone(), operation, id, body).await?;
        if !self.is_migrated(&answer) {
            return Ok(answer);
        }
        let told: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let farm = self.settings.field_aliases.text(&told, Field::ErrorFarmId);
        self.relocate(access, farm).await.map_err(still_migrating)?;
        self.call_there(access, method, operation, id, body).await
    }

    async fn call_there(
        &self,
        access: &Access,
        method: Method,
        operation: Operation,
        id: &str,
        body: Option<&Value>,
    ) -> Result<Answer, CallError> {
        let url = self.settings.path_overrides.url(&access.base, operation, &[("conversationId", id)])?;
        let call = match body {
            Some(body) => Call::json(method, url, body)?,
            None => Call::new(method, url),
        };
        self.exchange(access.dress(self.settings, call)?).await
    }

    /// Asks where the active data centre is: the host that was called, else the one of the login.
    async fn relocate(&self, access: &mut Access, farm: Option<String>) -> Result<(), CallError> {
        let metadata = match self.metadata(access, &access.base).await {
            Err(_) if access.base != self.login => self.metadata(access, &self.login).await?,
            told => told?,
        };
        access.follow(&self.settings.field_aliases, &metadata, farm, self.connection.hosts())
    }

    async fn metadata(&self, access: &Access, base: &Url) -> Result<Value, CallError> {
        let url = self.settings.path_overrides.url(base, Operation::Metadata, &[])?;
        let answer = self.exchange(access.dress(self.settings, Call::new(Method::GET, url))?).await?;
        self.success(answer)?.read()
    }

    pub(super) async fn exchange(&self, call: Call) -> Result<Answer, CallError> {
        self.connection.make(call.limited_to(self.settings.rate_per_min)).await
    }

    /// The answer if it is a success; else what it allows.
    fn success(&self, answer: Answer) -> Result<Answer, CallError> {
        self.judge(answer, self.settings.on_401)
    }

    fn judge(&self, answer: Answer, on_401: On401) -> Result<Answer, CallError> {
        let failures = match on_401 {
            On401::End => &ENDED_BY_401,
            On401::FailCall => &FAILED_BY_401,
        };
        failures.judge_by(self.error_code(&answer).as_deref(), answer)
    }

    fn is_migrated(&self, answer: &Answer) -> bool {
        answer.status.as_u16() == INTERNAL_TROUBLE && self.error_code(answer).as_deref() == Some(MIGRATED)
    }

    fn error_code(&self, answer: &Answer) -> Option<String> {
        if answer.status.is_success() {
            return None;
        }
        let told: Value = serde_json::from_slice(&answer.body).ok()?;
        code(self.settings.field_aliases.text(&told, Field::ErrorCode).as_deref())
    }
}

/// The id by which operators know the conversation. Where it is the token as well, whoever sees it could speak in the
/// conversation: then a digest of it stands for it.
fn shown(access: &Access, id: ProviderSessionId) -> Option<ProviderSessionId> {
    if access.is_token(id.as_str()) { ProviderSessionId::new(digest(&[id.as_str()])).ok() } else { Some(id) }
}

/// A login or a look at the metadata leaves the conversation as it is; a refusal there means wrong settings.
fn without_effect(error: CallError) -> CallError {
    match error.before_the_call() {
        CallError::Refused { what, .. } | CallError::Gone { what } => {
            CallError::misconfigured(format!("the tenant is refused: {what}"))
        }
        error @ (CallError::NotSent { .. }
        | CallError::NotYet { .. }
        | CallError::Ambiguous { .. }
        | CallError::Misconfigured { .. }) => error,
    }
}

/// The conversation was not there to be called, and where it went is not known yet.
fn still_migrating(error: CallError) -> CallError {
    match error {
        CallError::NotSent { .. } | CallError::NotYet { .. } | CallError::Misconfigured { .. } => error,
        CallError::Ambiguous { what } | CallError::Refused { what, .. } | CallError::Gone { what } => {
            CallError::not_sent(format!("the data centre is not known: {what}"))
        }
    }
}
