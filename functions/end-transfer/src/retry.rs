//! `POST …/retry`: what waits for its next try is tried at once.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::Serialize;
use transfer_app::RetryError;
use transfer_aws::Service;
use transfer_domain::{ProjectId, SessionId};
use transfer_http::{Kind, Problem, json, session_id};

/// A try was asked for.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = RetriedTransfer))]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked<'a> {
    /// Of this session.
    session_id: &'a SessionId,
}

pub(crate) async fn retry(
    service: &Service,
    request: &Request,
    project: &ProjectId,
) -> Result<Response<Body>, Problem> {
    let id = session_id(request)?;
    transfer_app::retry(service, project, &id).await.map_err(|error| match error {
        RetryError::Session(error) => error.into(),
        RetryError::NothingWaits => Problem::new(Kind::NothingToRetry),
    })?;
    Ok(json(StatusCode::ACCEPTED, &Asked { session_id: &id }))
}
