//! What surrounds every invocation of a function, in one place: its span and its metrics.

use std::fmt;
use std::io::Write as _;
use std::pin::Pin;
use std::task;

use lambda_runtime::{Context, LambdaEvent, Service as Handler};
use tracing::{Instrument as _, Span};

use crate::emf::emf_documents;
use crate::xray::Trace;
use crate::{Config, ConfigError, Service, logs};

/// The fields of an invocation's span beside what it is about.
pub(crate) mod field {
    /// X-Ray's id of the trace.
    pub(crate) const TRACE: &str = "xray_trace_id";
    /// X-Ray's segment of the invocation, in a sampled trace.
    pub(crate) const TRACE_PARENT: &str = "xray_parent_id";
}

/// What every `main` begins with: logs, configuration, and the parts to work with, measured.
pub async fn start() -> Result<(Service, aws_types::SdkConfig), ConfigError> {
    let config = Config::from_env();
    // Also where there is no configuration: its fault must be a line that can be found.
    logs::start(config.as_ref().ok().and_then(|config| config.xray_daemon));
    let config = config.inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    let (service, sdk) =
        Service::of(config).await.inspect_err(|error| tracing::error!(%error, "the function cannot start"))?;
    Ok((service.measured(), sdk))
}

/// A handler of which each invocation runs in a span that names it, and prints what it measured when it is done.
#[derive(Debug)]
pub struct Observed<'a, H> {
    service: &'a Service,
    function: &'static str,
    handler: H,
}

/// Surrounds a handler. `function` is the same in every deployment, as Lambda's own name of the function is not.
pub fn observed<'a, H>(service: &'a Service, function: &'static str, handler: H) -> Observed<'a, H> {
    Observed { service, function, handler }
}

impl<'a, A, H> Handler<LambdaEvent<A>> for Observed<'a, H>
where
    H: Handler<LambdaEvent<A>, Error: fmt::Display, Future: 'a>,
{
    type Response = H::Response;
    type Error = H::Error;
    type Future = Pin<Box<dyn Future<Output = Result<H::Response, H::Error>> + 'a>>;

    fn poll_ready(&mut self, context: &mut task::Context<'_>) -> task::Poll<Result<(), H::Error>> {
        self.handler.poll_ready(context)
    }

    fn call(&mut self, event: LambdaEvent<A>) -> Self::Future {
        let (service, function) = (self.service, self.function);
        let span = span(function, &event.context);
        let work = span.in_scope(|| self.handler.call(event));
        let logged = async move {
            let outcome = work.await;
            if let Err(error) = &outcome {
                tracing::error!(error = %error, "an invocation failed");
            }
            outcome
        };
        let logged = logged.instrument(span);
        Box::pin(async move {
            let outcome = logged.await;
            print(service, function);
            outcome
        })
    }
}

/// An error span, because whatever level is logged must say for which invocation.
fn span(function: &'static str, context: &Context) -> Span {
    let trace = context.xray_trace_id.as_deref().map(Trace::read).unwrap_or_default();
    tracing::error_span!(
        "invocation",
        function,
        request.id = context.request_id,
        xray_trace_id = trace.id,
        xray_parent_id = trace.parent,
        project.id = tracing::field::Empty,
        transfer.id = tracing::field::Empty,
    )
}

/// Before the answer: once it is given, the process may be frozen.
fn print(service: &Service, function: &'static str) {
    let mut lines = Vec::new();
    for document in emf_documents(&service.metrics, &service.config.stage, function, service.now()) {
        if serde_json::to_writer(&mut lines, &document).is_err() {
            tracing::warn!("metrics could not be written");
        }
        lines.push(b'\n');
    }
    // At once: whoever writes piece by piece looks for the end of a line in each.
    if std::io::stdout().lock().write_all(&lines).is_err() {
        tracing::warn!("metrics could not be printed");
    }
}
