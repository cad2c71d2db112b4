//! `POST /v1/projects/{projectId}/integrations/{provider}/test`: tries whether an integration works, and opens nothing.

#[cfg(feature = "openapi")]
pub mod openapi;

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_app::integrations::IntegrationError;
use transfer_app::integrations::test::{Finding, test};
use transfer_aws::Service;
use transfer_domain::{Provider, TestOutcome, TestStep};
use transfer_http::{Kind, Problem, Route, Scope, authorize, json, path_parameter, public_address, respond};
use transfer_providers::{Adapters, Outbound, ProviderClient};

/// What the function works with.
#[derive(Debug, Clone)]
pub struct Tester {
    service: Service,
    adapters: Adapters<dyn Outbound>,
    client: ProviderClient,
}

impl Tester {
    /// With an HTTP client for the providers.
    pub fn new(service: Service, adapters: Adapters<dyn Outbound>, client: ProviderClient) -> Self {
        Self { service, adapters, client }
    }
}

/// What the test of an integration found.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
struct IntegrationTest<'a> {
    /// Whether nothing failed.
    passed: bool,
    /// Each step in its order.
    findings: Vec<FindingRecord<'a>>,
}

/// What one step found.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Finding))]
#[serde(rename_all = "camelCase")]
struct FindingRecord<'a> {
    /// The step.
    step: TestStep,
    /// What came of it.
    outcome: TestOutcome,
    /// More, for a person.
    #[cfg_attr(feature = "openapi", schema(required))]
    detail: Option<&'a str>,
}

impl<'a> From<&'a Finding> for FindingRecord<'a> {
    fn from(finding: &'a Finding) -> Self {
        Self { step: finding.step, outcome: finding.outcome, detail: finding.detail.as_deref() }
    }
}

/// Answers a request for a test.
pub async fn handle(tester: &Tester, request: Request) -> Response<Body> {
    tester.service.metrics.came_by(Route::of(&request));
    respond(answer(tester, &request).await)
}

async fn answer(tester: &Tester, request: &Request) -> Result<Response<Body>, Problem> {
    let Tester { service, adapters, client } = tester;
    let caller = authorize(request, &service.config.tokens, Scope::SettingsWrite)?;
    let provider: Option<Provider> = path_parameter(request, "provider").and_then(|word| word.parse().ok());
    let provider = provider.ok_or_else(|| Problem::new(Kind::NotFound))?;
    let address = public_address(&service.config.public_base_url, request);
    let findings = test(service, adapters, client, &address, &caller.project, provider).await;
    let findings = findings.map_err(|error| match error {
        IntegrationError::NotFound | IntegrationError::Stale | IntegrationError::Invalid(_) => {
            Problem::new(Kind::NotFound)
        }
        IntegrationError::Failed(failure) => Problem::of_failure(&failure, failure.retry_after()),
    })?;
    let passed = findings.iter().all(|finding| finding.outcome != TestOutcome::Failed);
    let findings = findings.iter().map(FindingRecord::from).collect();
    Ok(json(StatusCode::OK, &IntegrationTest { passed, findings }))
}
