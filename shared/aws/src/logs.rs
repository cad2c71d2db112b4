//! Logs: one JSON object a line, flat, with the time and what its invocation and command are about.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime as _, SystemTime};
use tracing_subscriber::layer::{Context, SubscriberExt as _};
use tracing_subscriber::registry::{LookupSpan, Scope, SpanRef};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::SystemClock;
use crate::config::variable;
use crate::xray::XRay;

/// Starts logging to standard output, at `info` unless `RUST_LOG` says otherwise (levels, for all or by target), and
/// annotating traces where there is a daemon that takes annotations. Once a process; later calls do nothing.
pub(crate) fn start(xray_daemon: Option<SocketAddr>) {
    let wanted = variable("RUST_LOG").filter(|text| !text.is_empty());
    let levels = wanted.and_then(|text| text.parse().ok());
    let levels = levels.unwrap_or_else(|| Targets::new().with_default(LevelFilter::INFO));
    let annotations = xray_daemon.and_then(|daemon| XRay::new(daemon, Arc::new(SystemClock)).ok());
    let subscriber = tracing_subscriber::registry().with(levels).with(json_lines(std::io::stdout)).with(annotations);
    if subscriber.try_init().is_err() {
        tracing::debug!("logging had been started");
    }
}

/// Writes events as the functions log them: `timestamp` (RFC 3339), `level`, `target`, `message`, the fields of the
/// spans around the event, and its own fields, which win over those of the same name.
///
/// The library's own JSON lines nest the fields of spans, so that a query had to know at which depth a session stands.
pub fn json_lines<W: for<'a> MakeWriter<'a> + 'static>(writer: W) -> JsonLines<W> {
    JsonLines { writer }
}

/// What writes events: [`json_lines`].
#[derive(Debug)]
pub struct JsonLines<W> {
    writer: W,
}

/// What a span says.
struct SpanFields(Map<String, Value>);

/// The fields of spans, those of the inner ones winning. They are there where lines are written.
pub(crate) fn span_fields<'a, S: LookupSpan<'a> + 'a>(
    spans: impl Iterator<Item = SpanRef<'a, S>>,
) -> Map<String, Value> {
    let mut all = Map::new();
    for span in spans {
        if let Some(SpanFields(fields)) = span.extensions().get() {
            all.extend(fields.iter().map(|(name, value)| (name.clone(), value.clone())));
        }
    }
    all
}

impl<S, W> Layer<S> for JsonLines<W>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    W: for<'a> MakeWriter<'a> + 'static,
{
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let mut fields = Map::new();
        attributes.record(&mut Fields(&mut fields));
        span.extensions_mut().insert(SpanFields(fields));
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let Some(span) = context.span(id) else { return };
        if let Some(SpanFields(fields)) = span.extensions_mut().get_mut() {
            values.record(&mut Fields(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut line = span_fields(context.event_scope(event).into_iter().flat_map(Scope::from_root));
        event.record(&mut Fields(&mut line));
        let mut timestamp = String::new();
        // Writing to a text does not fail.
        SystemTime.format_time(&mut Writer::new(&mut timestamp)).ok();
        let metadata = event.metadata();
        line.insert("timestamp".to_owned(), timestamp.into());
        line.insert("level".to_owned(), metadata.level().as_str().into());
        line.insert("target".to_owned(), metadata.target().into());
        let mut text = Value::Object(line).to_string();
        text.push('\n');
        // Where nobody can be told, nobody is.
        std::io::Write::write_all(&mut self.writer.make_writer_for(metadata), text.as_bytes()).ok();
    }
}

/// Takes the fields of an event or a span.
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
