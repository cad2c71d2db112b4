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

use crate::{capabilities, failed, session};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct TypingBody {
    state: State,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum State {
    Started,
    Stopped,
}

#[derive(Debug, Serialize)]
struct Accepted {
    state: State,
    status: &'static str,
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
            Ok(json(StatusCode::ACCEPTED, &Accepted { state, status: "accepted" }))
        }
        Transacted::Missing | Transacted::LinkTaken => Err(Problem::new(Kind::NotFound)),
        Transacted::Expired => Err(Closed::Expired.into()),
        Transacted::Refused(closed) => Err(closed.into()),
    }
}
