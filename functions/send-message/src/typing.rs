//! `POST …/typing`: the contact types, or stopped. It moves no expiry, and what was told a moment ago is not written
//! again.

use lambda_http::http::StatusCode;
use lambda_http::{Body, Request, Response};
use serde::{Deserialize, Serialize};
use transfer_aws::Service;
use transfer_domain::{Closed, ProjectId, tell_typing};
use transfer_http::{Kind, Problem, json, json_body};
use transfer_providers::{Adapters, Inbound};
use transfer_store::Transacted;

use crate::{Taken, capabilities, failed, session};

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
    request: &Request,
    project: &ProjectId,
) -> Result<Response<Body>, Problem> {
    let TypingBody { state } = json_body(request)?;
    let session = session(service, request, project).await?;
    let now = service.now();
    if session.is_expired(now) {
        return Err(Closed::Expired.into());
    }
    if session.is_ended() {
        return Err(Closed::Ended.into());
    }
    if !capabilities(service, adapters, &session).await?.is_some_and(|can| can.typing_out) {
        let detail = format!("{} cannot be told that the contact types", session.provider);
        return Err(Problem::new(Kind::NotSupported).with_detail(detail));
    }
    let decide = |session: &_| tell_typing(session, state == State::Started, now);
    match service.store.transact_on(session, now, decide).await.map_err(|error| failed(&error))? {
        Transacted::Committed(_) | Transacted::Unchanged(_) | Transacted::Seen { .. } => {
            Ok(json(StatusCode::ACCEPTED, &Accepted { state, status: Taken::Accepted }))
        }
        Transacted::Missing | Transacted::LinkTaken => Err(Problem::new(Kind::NotFound)),
        Transacted::Expired => Err(Closed::Expired.into()),
        Transacted::Refused(closed) => Err(closed.into()),
    }
}
