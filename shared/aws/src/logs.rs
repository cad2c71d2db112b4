//! Logs: one JSON object a line, flat, with the time and what its invocation and command are about.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, MakeWriter};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::registry::{LookupSpan, SpanRef};
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{EnvFilter, Layer};

use crate::SystemClock;
use crate::xray::XRay;

/// Starts logging to standard output, at `info` unless `RUST_LOG` says otherwise, and annotating traces where there is
/// a daemon that takes annotations. Once a process; later calls do nothing.
pub(crate) fn start(xray_daemon: Option<SocketAddr>) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info"));
    let annotations = xray_daemon.and_then(|daemon| XRay::new(daemon, Arc::new(SystemClock)).ok());
    let subscriber = tracing_subscriber::registry().with(filter).with(json_lines(std::io::stdout)).with(annotations);
    if subscriber.try_init().is_err() {
        tracing::debug!("logging had been started");
    }
}

/// Writes events as the functions log them: `timestamp` (RFC 3339), `level`, `target`, `message`, the fields of the
/// spans around the event, and its own fields, which win over those of the same name.
pub fn json_lines<S, W>(writer: W) -> impl Layer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    tracing_subscriber::fmt::layer().fmt_fields(JsonFields::new()).event_format(Flat).with_writer(writer)
}

/// The fields of spans, those of the inner ones winning.
pub(crate) fn span_fields<'a, S: LookupSpan<'a> + 'a>(
    spans: impl Iterator<Item = SpanRef<'a, S>>,
) -> Map<String, Value> {
    let mut all = Map::new();
    for span in spans {
        if let Some(fields) = span.extensions().get::<FormattedFields<JsonFields>>() {
            all.extend(serde_json::from_str::<Map<String, Value>>(fields).unwrap_or_default());
        }
    }
    all
}

/// The library's own JSON lines nest the fields of spans, so that a query had to know at which depth a session stands.
struct Flat;

impl<S, N> FormatEvent<S, N> for Flat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut writer: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut line =
            span_fields(context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root));
        event.record(&mut Fields(&mut line));
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let metadata = event.metadata();
        line.insert("timestamp".to_owned(), timestamp.into());
        line.insert("level".to_owned(), metadata.level().as_str().into());
        line.insert("target".to_owned(), metadata.target().into());
        writeln!(writer, "{}", Value::Object(line))
    }
}

/// Takes an event's fields.
struct Fields<'a>(&'a mut Map<String, Value>);

impl Fields<'_> {
    fn put(&mut self, field: &Field, value: impl Into<Value>) {
        self.0.insert(field.name().to_owned(), value.into());
    }
}

impl Visit for Fields<'_> {
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, format!("{value:?}"));
    }
}
