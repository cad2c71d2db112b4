//! `POST …/typing`: the contact types, or stopped.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use transfer_app::typing::{self, NotTold};
use transfer_aws::Service;
use transfer_aws::commands::Commands;
use transfer_domain::ProjectId;
use transfer_http::{Kind, Problem, json, json_body, session_id};
use transfer_providers::{Adapters, Inbound};

use crate::Taken;

/// Whether the contact types.
#[derive(Debug, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = Typing))]
#[serde(deny_unknown_fields)]
pub(crate) struct TypingBody {
    /// Since now.
    state: State,
}

/// Whether the contact types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = TypingState))]
#[serde(rename_all = "snake_case")]
enum State {
    Started,
    Stopped,
}

/// The answer.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema), schema(as = AcceptedTyping))]
pub(crate) struct Accepted {
    /// As it was said.
    state: State,
    /// It was taken.
    status: Taken,
}

pub(crate) async fn tell(
    service: &Service,
    adapters: &Adapters<dyn Inbound>,
    commands: &Commands,
    request: &Request,
    project: &ProjectId,
) -> Result<Response<Body>, Problem> {
    let TypingBody { state } = json_body(request)?;
    let id = session_id(request)?;
    let told = typing::tell(service, adapters, commands, project, &id, state == State::Started).await;
    told.map_err(|error| match error {
        NotTold::Session(error) => error.into(),
        NotTold::Unavailable => Problem::new(Kind::Unavailable).retry_after(std::time::Duration::from_secs(1)),
        NotTold::NotSupported(_) => Problem::new(Kind::NotSupported).with_detail(error.to_string()),
    })?;
    Ok(json(StatusCode::ACCEPTED, &Accepted { state, status: Taken::Accepted }))
}
