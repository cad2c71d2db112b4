//! `POST …/voice/outcome`: what the agent runtime reports of a call that it handed over.

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Deserialize;
use transfer_app::NotReported;
use transfer_aws::Service;
use transfer_domain::{CallReport, ProjectId, ProviderSessionId, VoiceOutcome};
use transfer_http::{Fields, Kind, Problem, SessionRecord, json, json_body, session_id};

/// What became of a call.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = ReportCall))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ReportBody {
    /// What became of it. `connected` makes the session active; each of the others ends it.
    #[cfg_attr(feature = "openapi", schema(value_type = VoiceOutcome))]
    outcome: Option<String>,
    /// When, by the runtime's clock; else now.
    at: Option<DateTime<Utc>>,
    /// What the contact centre calls the call, if the runtime knows: its events are found by it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<ProviderSessionId>))]
    provider_session_id: Option<String>,
}

impl ReportBody {
    fn validate(self) -> Result<CallReport, Problem> {
        let mut fields = Fields::default();
        let outcome: Option<VoiceOutcome> = fields.required("/outcome", self.outcome.as_deref());
        let name: Option<ProviderSessionId> =
            fields.optional("/providerSessionId", self.provider_session_id.as_deref());
        let report = outcome.map(|outcome| CallReport { outcome, at: self.at, provider_session_id: name });
        fields.complete(report)
    }
}

/// 202 with the session's record. The same report again is harmless and answers the same.
pub(crate) async fn report(
    service: &Service,
    request: &Request,
    project: &ProjectId,
) -> Result<Response<Body>, Problem> {
    let id = session_id(request)?;
    let report = json_body::<ReportBody>(request)?.validate()?;
    let whole = transfer_app::report(service, project, &id, report).await.map_err(|error| match error {
        NotReported::Session(error) => error.into(),
        NotReported::NoCall => Problem::new(Kind::NotSupported).with_detail(error.to_string()),
    })?;
    let record = SessionRecord::of(&whole.session, &whole.facts, &whole.request, service.now());
    Ok(json(StatusCode::ACCEPTED, &record))
}
