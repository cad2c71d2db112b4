//! The HTTP side: every request is recorded, then decided by the centre, or hit by a planned fault.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_TYPE, LOCATION, RETRY_AFTER},
    },
    response::Response,
};
use serde_json::{Map, Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    centre::{Centre, Control},
    control,
    desk::Desk,
    door::{Door, Peer},
    fault::{Operation, RequestFault, Taken},
    request::{Answer, Incoming},
    shape::Refusal,
    state::{Effect, RequestRecord},
};

/// No provider takes more: the largest files are Salesforce's, 25 MB beside a little JSON.
const LARGEST_REQUEST: usize = 26 * 1024 * 1024;

/// Serves `desk` until its runtime stops.
pub(crate) fn start<C: Centre>(desk: &Arc<Desk<C>>, listener: TcpListener) -> JoinHandle<()> {
    let runtime = Arc::clone(&desk.runtime);
    let app = control::routes(Arc::<Desk<C>>::clone(desk))
        .fallback_service(Router::new().fallback(serve::<C>).with_state(Arc::clone(desk)))
        .into_make_service_with_connect_info::<Peer>();
    tokio::spawn(async move {
        let served = axum::serve(Door(listener), app).with_graceful_shutdown(async move { runtime.stopped().await });
        if let Err(error) = served.await {
            tracing::warn!(%error, "a simulator stopped serving");
        }
    })
}

async fn serve<C: Centre>(
    State(desk): State<Arc<Desk<C>>>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    request: Request,
) -> Response {
    let Some(incoming) = read(request).await else {
        return respond(413, Body::empty());
    };
    let operation = C::classify(&desk, &incoming);
    let fault = desk.runtime.faults().take_for_request(operation);
    let sequence = record(&desk, &incoming, operation, fault.is_some());
    let exchange = Exchange { desk, incoming, sequence, peer };
    match fault {
        None => exchange.answer(),
        Some(fault) => exchange.fail(fault).await,
    }
}

async fn read(request: Request) -> Option<Incoming> {
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, LARGEST_REQUEST).await.ok()?;
    Some(Incoming {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        headers: parts.headers,
        body: body.to_vec(),
    })
}

fn record<C: Centre>(desk: &Desk<C>, incoming: &Incoming, operation: Operation, faulted: bool) -> usize {
    let at_ms = desk.now_ms();
    desk.runtime.update(|state| {
        let sequence = state.requests.len();
        state.requests.push(RequestRecord {
            sequence,
            at_ms,
            operation,
            method: incoming.method.to_string(),
            path: incoming.path.clone(),
            query: incoming.query.clone(),
            body: C::visible_body(incoming),
            effect: Effect::None,
            status: None,
            conversation: None,
            faulted,
        });
        sequence
    })
}

/// Token requests carry credentials, which a ledger that anybody may read must not show.
pub(crate) fn visible_body(incoming: &Incoming) -> Value {
    if !incoming.has_content_type("application/x-www-form-urlencoded") {
        return incoming.json().unwrap_or(Value::Null);
    }
    let fields: Map<String, Value> = url::form_urlencoded::parse(&incoming.body)
        .map(|(key, value)| {
            let open = matches!(&*key, "grant_type" | "scope" | "username" | "client_id");
            let shown = if open { value.as_ref() } else { "***" };
            (key.into_owned(), Value::from(shown))
        })
        .collect();
    Value::Object(fields)
}

/// One request under way.
struct Exchange<C: Centre> {
    desk: Arc<Desk<C>>,
    incoming: Incoming,
    sequence: usize,
    peer: Peer,
}

impl<C: Centre> Exchange<C> {
    fn answer(&self) -> Response {
        self.reply(&self.decide())
    }

    fn reply(&self, answer: &Answer) -> Response {
        // An empty body, not the word.
        let body = if answer.body.is_null() { Body::empty() } else { Body::from(answer.body.to_string()) };
        self.respond_with(answer.status, body)
    }

    /// Lets the centre do what it is asked, and records that it did.
    fn decide(&self) -> Answer {
        let answer = C::answer(&self.desk, &self.incoming).unwrap_or_else(|refusal| self.refuse(refusal));
        self.note(|record| {
            record.effect = answer.effect.clone();
            record.conversation.clone_from(&answer.conversation);
        });
        answer
    }

    /// A refusal in the provider's form.
    fn refuse(&self, refusal: Refusal) -> Answer {
        let body = C::error_body(&self.desk, &self.incoming, refusal.status, Some(&refusal));
        let answer = Answer::refused(refusal.status, body, refusal.problem);
        Answer { conversation: refusal.conversation, ..answer }
    }

    /// Changes what the ledger says of the request.
    fn note(&self, change: impl FnOnce(&mut RequestRecord)) {
        self.desk.runtime.update(|state| state.requests.get_mut(self.sequence).map(change));
    }

    fn decide_if(&self, taken: Taken) {
        if taken == Taken::Yes {
            self.decide();
        }
    }

    async fn fail(self, fault: RequestFault) -> Response {
        match fault {
            RequestFault::Status { status, retry_after, taken } => {
                self.decide_if(taken);
                let body = C::error_body(&self.desk, &self.incoming, status, None);
                let mut response = self.respond_with(status, Body::from(body.to_string()));
                if let Some(seconds) = retry_after {
                    response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
                }
                response
            }
            RequestFault::MalformedBody => {
                self.decide();
                self.respond_with(200, Body::from("{\"id\":\"b5a1"))
            }
            RequestFault::OtherBody { body, taken } => {
                self.decide_if(taken);
                self.respond_with(200, Body::from(body))
            }
            RequestFault::HugeBody { bytes } => {
                self.decide();
                let filler = json!({ "filler": "x".repeat(bytes) });
                self.respond_with(200, Body::from(filler.to_string()))
            }
            RequestFault::Redirect { location } => {
                let mut response = self.respond_with(302, Body::empty());
                if let Ok(location) = HeaderValue::from_str(&location) {
                    response.headers_mut().insert(LOCATION, location);
                }
                response
            }
            RequestFault::HangBefore { seconds } => {
                self.hang(seconds).await;
                self.break_off()
            }
            RequestFault::HangAfter { seconds } => {
                let answer = self.decide();
                self.hang(seconds).await;
                self.reply(&answer)
            }
            RequestFault::Close { taken } => {
                self.decide_if(taken);
                self.break_off()
            }
            RequestFault::RevokeTokens => {
                self.desk.revoke_tokens();
                self.answer()
            }
            RequestFault::Migrate => {
                self.desk.migrate();
                self.answer()
            }
        }
    }

    fn respond_with(&self, status: u16, body: Body) -> Response {
        self.note(|record| record.status = Some(status));
        respond(status, body)
    }

    /// Ends early when the simulator stops; when the client gives up, the server drops the whole exchange.
    async fn hang(&self, seconds: Option<u64>) {
        let runtime = &self.desk.runtime;
        let wait = async {
            match seconds {
                Some(seconds) => runtime.options.timer.pause(Duration::from_secs(seconds)).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = wait => {}
            () = runtime.stopped() => {}
        }
    }

    fn break_off(&self) -> Response {
        self.peer.break_off();
        respond(500, Body::empty())
    }
}

fn respond(status: u16, body: Body) -> Response {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
