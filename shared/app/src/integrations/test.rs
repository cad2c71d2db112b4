//! The test of an integration: whether it would work, found without opening anything.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use transfer_domain::{
    Channel, Conversation, Integration, NewTransfer, Priority, ProjectId, Provider, TestOutcome, TestStep,
    TransferRequest, TransferSettings, create,
};
use transfer_providers::{
    Adapters, Admission, Availability, CallError, Calls, Connection, IntegrationSecrets, Outbound, ProviderClient,
};

use super::{IntegrationError, stored};
use crate::deliver::in_time;
use crate::{Failure, Service};

/// How long the contact centre is given for what an opening needs.
const PREPARED_IN: Duration = Duration::from_secs(5);
/// What is said where it was asked nothing.
const NOT_ASKED: &str = "only an opening would ask it";
/// How long each other question is given.
const ANSWERED_IN: Duration = Duration::from_secs(3);

/// What a step found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The step.
    pub step: TestStep,
    /// What came of it.
    pub outcome: TestOutcome,
    /// More, for a person; no secret.
    pub detail: Option<String>,
}

impl Finding {
    fn ok(step: TestStep) -> Self {
        Self { step, outcome: TestOutcome::Ok, detail: None }
    }

    fn failed(step: TestStep, why: &dyn fmt::Display) -> Self {
        Self { step, outcome: TestOutcome::Failed, detail: Some(why.to_string()) }
    }

    fn not_checked(step: TestStep, why: &dyn fmt::Display) -> Self {
        Self { step, outcome: TestOutcome::NotChecked, detail: Some(why.to_string()) }
    }
}

/// Tests the project's integration of a provider, within ten seconds. `address`: the API's, as providers see it.
pub async fn test(
    service: &Service,
    adapters: &Adapters<dyn Outbound>,
    client: &ProviderClient,
    address: &str,
    project: &ProjectId,
    provider: Provider,
) -> Result<Vec<Finding>, IntegrationError> {
    let integration = Arc::new(stored(service, project, provider).await?.ok_or(IntegrationError::NotFound)?);
    let adapter = match adapters.bound(&integration) {
        Some(Ok(adapter)) => adapter,
        Some(Err(unreadable)) => return Ok(vec![Finding::failed(TestStep::Settings, &unreadable)]),
        None => return Err(IntegrationError::NotFound),
    };
    let secrets = service.secrets.outbound(&integration).await?;
    let settings = service.directory.settings(project).await?;
    let conversation = nobodys_conversation(service, &integration, &settings)?;
    // A token that was got before shows nothing of the credentials as they are now.
    let (asking, reaching) = (client.fresh(), client.fresh());
    let test = |client| Test {
        service,
        adapter: &adapter,
        integration: &integration,
        secrets: &secrets,
        client,
        address,
        admission: Admission::default(),
    };
    let (calling, called) = (test(&asking), test(&reaching));
    let (calls, callback) = tokio::join!(calling.calls(&conversation), called.callback());
    Ok([Finding::ok(TestStep::Settings)].into_iter().chain(calls).chain([callback]).collect())
}

struct Test<'a> {
    service: &'a Service,
    adapter: &'a Arc<dyn Calls>,
    integration: &'a Integration,
    secrets: &'a IntegrationSecrets,
    client: &'a ProviderClient,
    address: &'a str,
    admission: Admission,
}

impl Test<'_> {
    fn connection(&self) -> Connection<'_> {
        Connection {
            integration: self.integration,
            secrets: self.secrets,
            client: self.client,
            public_base_url: self.address,
            clock: &*self.service.clock,
            admission: &self.admission,
        }
    }

    /// What an opening needs and the contact centre does not notice, and whether somebody is there.
    async fn calls(&self, conversation: &Conversation) -> [Finding; 3] {
        let (address, credentials, queue) = (TestStep::Address, TestStep::Credentials, TestStep::Queue);
        let later = "what comes before it failed";
        let prepared = in_time(PREPARED_IN, self.adapter.prepare(self.connection(), conversation)).await;
        match prepared {
            Ok(_) => {}
            Err(error @ CallError::Misconfigured { .. }) => {
                return [
                    self.found(address),
                    Finding::failed(credentials, &error),
                    Finding::not_checked(queue, &later),
                ];
            }
            Err(error @ (CallError::Refused { .. } | CallError::Gone { .. })) => {
                return [self.found(address), self.found(credentials), Finding::failed(queue, &error)];
            }
            Err(error) => {
                return [
                    Finding::failed(address, &error),
                    Finding::not_checked(credentials, &later),
                    Finding::not_checked(queue, &later),
                ];
            }
        }
        let queue = self.queue(conversation).await;
        [self.found(address), self.found(credentials), queue]
    }

    /// Nothing failed; whether anything was asked at all.
    fn found(&self, step: TestStep) -> Finding {
        match self.client.exchanges() {
            0 => Finding::not_checked(step, &NOT_ASKED),
            _ => Finding::ok(step),
        }
    }

    async fn queue(&self, conversation: &Conversation) -> Finding {
        let step = TestStep::Queue;
        if !self.adapter.capabilities().availability {
            return Finding::not_checked(step, &"this contact centre cannot be asked");
        }
        let name = conversation.queue().name;
        match in_time(ANSWERED_IN, self.adapter.availability(self.connection(), &name)).await {
            Ok(Availability::Available) => Finding::ok(step),
            Ok(Availability::Unavailable(reason)) => {
                Finding { detail: Some(format!("nobody takes conversations now: {reason}")), ..Finding::ok(step) }
            }
            Ok(Availability::Unknown) => Finding::not_checked(step, &"the contact centre does not say"),
            Err(error @ (CallError::Refused { .. } | CallError::Gone { .. } | CallError::Misconfigured { .. })) => {
                Finding::failed(step, &error)
            }
            Err(error) => Finding::not_checked(step, &error),
        }
    }

    /// Any answer shows that the API can be reached; what is asked for is no route of it.
    async fn callback(&self) -> Finding {
        let step = TestStep::Callback;
        if self.address.is_empty() {
            return Finding::not_checked(step, &"the API's address is not known: set PUBLIC_BASE_URL");
        }
        let address = format!("{}/v1/webhooks/relay/{}", self.address, self.integration.integration_id);
        match in_time(ANSWERED_IN, self.connection().reaches(&address)).await {
            Ok(()) => Finding::ok(step),
            Err(error) => Finding::failed(step, &error),
        }
    }
}

/// A conversation that nobody has, for what is asked about one: it is stored nowhere.
fn nobodys_conversation(
    service: &Service,
    integration: &Integration,
    settings: &TransferSettings,
) -> Result<Conversation, Failure> {
    let id = service.ids.transfer_id(service.now());
    let request = NewTransfer {
        conversation_session_id: format!("test-{id}").parse()?,
        contact_id: "test".parse()?,
        channel: Channel::Chat,
        agent: "test".parse()?,
        queue: None,
        priority: Some(Priority::USUAL),
        labels: transfer_domain::Labels::default(),
        request: TransferRequest::default(),
    };
    let (created, _) = create(request, id, integration, vec![], settings, service.now());
    Ok(Conversation::untold(created.session))
}
