//! `POST …/handback`: the agent runtime has the hand-back.

use chrono::{DateTime, Utc};
use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use transfer_app::HandBackError;
use transfer_aws::Service;
use transfer_domain::{HandBackState, HandedBack, NotAcknowledged, ProjectId};
use transfer_http::{Kind, Problem, json, json_body, optional_time, session_id};

/// Which hand-back the runtime has.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AcknowledgeHandBack))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct AcknowledgeBody {
    /// The `version` of the hand-back, as the event or the record told it.
    version: u64,
}

/// The hand-back as it stands.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AcknowledgedHandBack))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Standing {
    /// Whether the runtime has it.
    state: HandBackState,
    /// Which it is.
    version: u64,
    /// Since when.
    #[serde(serialize_with = "optional_time")]
    #[cfg_attr(feature = "openapi", schema(required))]
    acknowledged_at: Option<DateTime<Utc>>,
}

impl From<HandedBack> for Standing {
    fn from(handed: HandedBack) -> Self {
        Self { state: handed.state(), version: handed.version, acknowledged_at: handed.acknowledged_at }
    }
}

pub(crate) async fn acknowledge(
    service: &Service,
    request: &Request,
    project: &ProjectId,
) -> Result<Response<Body>, Problem> {
    let id = session_id(request)?;
    let body: AcknowledgeBody = json_body(request)?;
    let handed = transfer_app::acknowledge(service, project, &id, body.version).await.map_err(|error| match error {
        HandBackError::Session(error) => error.into(),
        HandBackError::NotAcknowledged(NotAcknowledged::NotEnded) => Problem::new(Kind::NotEnded),
        HandBackError::NotAcknowledged(NotAcknowledged::NotTheNewest { newest }) => {
            Problem::hand_back_superseded(newest)
        }
    })?;
    Ok(json(StatusCode::OK, &Standing::from(handed)))
}
