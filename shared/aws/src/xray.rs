//! Trace annotations: X-Ray finds the traces of a session by `annotation.session_id`.
//!
//! Lambda makes the segment of each invocation; what a function knows goes into a subsegment of it, one datagram to the
//! daemon beside the function. <https://docs.aws.amazon.com/xray/latest/devguide/xray-api-segmentdocuments.html>

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};
use tracing::Subscriber;
use tracing::span::{Attributes, Id};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;
use transfer_app::{PROJECT_FIELD, SESSION_FIELD};
use transfer_domain::Clock;

use crate::invocation::field;
use crate::logs::span_fields;

/// What the daemon wants before a document.
const HEADER: &str = "{\"format\":\"json\",\"version\":1}\n";
/// Our fields, and the names that X-Ray allows for annotations.
const ANNOTATIONS: [(&str, &str); 2] = [(PROJECT_FIELD, "project_id"), (SESSION_FIELD, "session_id")];

/// Tells X-Ray of each span of a sampled trace that knows its project or session.
pub(crate) struct XRay {
    socket: UdpSocket,
    daemon: SocketAddr,
    clock: Arc<dyn Clock>,
}

/// When a span began.
struct Began(DateTime<Utc>);

/// Where an invocation's subsegments belong.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Trace {
    /// The trace.
    pub(crate) id: Option<String>,
    /// The segment to hang on; `None` if the trace is not sampled.
    pub(crate) parent: Option<String>,
}

impl Trace {
    /// Reads the tracing header of an invocation: `Root=…;Parent=…;Sampled=1`.
    pub(crate) fn read(header: &str) -> Self {
        let part = |name: &str| {
            let parts = header.split(';').filter_map(|part| part.trim().split_once('='));
            parts.filter(|(key, _)| *key == name).map(|(_, value)| value.to_owned()).next()
        };
        let sampled = part("Sampled").as_deref() == Some("1");
        Self { id: part("Root"), parent: part("Parent").filter(|_| sampled) }
    }
}

impl XRay {
    pub(crate) fn new(daemon: SocketAddr, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let any: SocketAddr = if daemon.is_ipv4() { ([0, 0, 0, 0], 0).into() } else { ([0_u16; 8], 0).into() };
        let socket = UdpSocket::bind(any)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, daemon, clock })
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for XRay {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        // Ours, not those of the libraries.
        let may_know = attributes.metadata().fields().field(SESSION_FIELD).is_some();
        if let Some(span) = context.span(id).filter(|_| may_know) {
            span.extensions_mut().insert(Began(self.clock.now()));
        }
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let Some(began) = span.extensions().get::<Began>().map(|began| began.0) else { return };
        let fields = span_fields(span.scope().from_root());
        let Some(document) = subsegment(span.name(), &fields, rand::random(), began, self.clock.now()) else { return };
        // Nobody waits for it, and a trace without it is still a trace.
        self.socket.send_to(format!("{HEADER}{document}").as_bytes(), self.daemon).ok();
    }
}

/// The document, if the trace is sampled and there is something to tell.
fn subsegment(
    name: &str,
    fields: &Map<String, Value>,
    id: u64,
    began: DateTime<Utc>,
    ended: DateTime<Utc>,
) -> Option<Value> {
    let (trace, parent) = (fields.get(field::TRACE)?, fields.get(field::TRACE_PARENT)?);
    let known =
        ANNOTATIONS.iter().filter_map(|(ours, theirs)| Some(((*theirs).to_owned(), fields.get(*ours)?.clone())));
    let annotations: Map<String, Value> = known.collect();
    (!annotations.is_empty()).then(|| {
        json!({
            "type": "subsegment",
            "name": name,
            "id": format!("{id:016x}"),
            "trace_id": trace,
            "parent_id": parent,
            "start_time": seconds(began),
            "end_time": seconds(ended),
            "annotations": annotations,
        })
    })
}

#[expect(clippy::cast_precision_loss, reason = "milliseconds since 1970 fit into 53 bits")]
fn seconds(at: DateTime<Utc>) -> f64 {
    at.timestamp_millis() as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt as _;

    use super::*;
    use crate::json_lines;

    const HEADER_OF_SAMPLED: &str = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1";

    #[test]
    fn a_tracing_header_is_read() {
        let read = Trace::read(HEADER_OF_SAMPLED);
        assert_eq!(read.id.as_deref(), Some("1-5759e988-bd862e3fe1be46a994272793"));
        assert_eq!(read.parent.as_deref(), Some("53995c3f42cd8ad8"));
        let unsampled = Trace::read("Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0");
        assert_eq!((unsampled.id, unsampled.parent), (read.id, None));
        assert_eq!(Trace::read("nonsense"), Trace::default());
    }

    #[derive(Debug)]
    struct Still;

    impl Clock for Still {
        fn now(&self) -> DateTime<Utc> {
            DateTime::from_timestamp_millis(1_795_341_603_250).unwrap()
        }
    }

    /// The datagrams that a piece of work sends, as documents.
    fn sent(work: impl FnOnce()) -> Vec<Value> {
        let daemon = UdpSocket::bind("127.0.0.1:0").unwrap();
        let layer = XRay::new(daemon.local_addr().unwrap(), Arc::new(Still)).unwrap();
        let subscriber = tracing_subscriber::registry().with(json_lines(io::sink)).with(layer);
        tracing::subscriber::with_default(subscriber, work);
        // Loopback keeps what was sent; there is nothing to wait for.
        daemon.set_nonblocking(true).unwrap();
        let mut documents = Vec::new();
        let mut buffer = [0; 4096];
        while let Ok(length) = daemon.recv(&mut buffer) {
            let text = std::str::from_utf8(&buffer[..length]).unwrap();
            documents.push(serde_json::from_str(text.strip_prefix(HEADER).unwrap()).unwrap());
        }
        documents
    }

    fn invocation(parent: Option<&str>) -> tracing::Span {
        tracing::error_span!(
            "invocation",
            xray_trace_id = "1-5759e988-bd862e3fe1be46a994272793",
            xray_parent_id = parent,
            project.id = tracing::field::Empty,
            transfer.id = tracing::field::Empty
        )
    }

    #[test]
    fn a_sampled_invocation_tells_its_session_to_the_daemon() {
        let documents = sent(|| {
            let span = invocation(Some("53995c3f42cd8ad8"));
            span.record(PROJECT_FIELD, "demo");
            span.record(SESSION_FIELD, "01a205e5-fa14-70c3-bb74-92af1c04b057");
        });
        let [document] = documents.as_slice() else { panic!("{documents:?}") };
        assert_eq!(document["type"], "subsegment");
        assert_eq!(document["trace_id"], "1-5759e988-bd862e3fe1be46a994272793");
        assert_eq!(document["parent_id"], "53995c3f42cd8ad8");
        assert_eq!(document["id"].as_str().unwrap().len(), 16);
        assert_eq!(document["start_time"], 1_795_341_603.25);
        let annotations = json!({ "project_id": "demo", "session_id": "01a205e5-fa14-70c3-bb74-92af1c04b057" });
        assert_eq!(document["annotations"], annotations);
    }

    #[test]
    fn each_command_of_an_invocation_tells_its_own_session() {
        let documents = sent(|| {
            let outer = invocation(Some("53995c3f42cd8ad8"));
            let _entered = outer.enter();
            for session in ["one", "two"] {
                drop(tracing::error_span!("command", transfer.id = session));
            }
        });
        let sessions: Vec<_> = documents.iter().map(|it| it["annotations"]["session_id"].clone()).collect();
        assert_eq!(sessions, ["one", "two"]);
    }

    #[test]
    fn nothing_is_sent_of_a_trace_that_is_not_sampled_or_that_knows_no_session() {
        let documents = sent(|| {
            invocation(None).record(SESSION_FIELD, "one");
            drop(invocation(Some("53995c3f42cd8ad8")));
        });
        assert_eq!(documents, Vec::<Value>::new());
    }
}
