//! CloudWatch's Embedded Metric Format.
//!
//! Written here, because what exists is either a `metrics` recorder, of which a process has one and whose names are
//! texts, or brings some thirty crates for what is one JSON object.
//! <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Map, Value, json};
use transfer_app::{Metric, Metrics};
use transfer_domain::{Labels, Outcome, Provider};
use transfer_store::Access;

/// The namespace of all our metrics.
const NAMESPACE: &str = "AgentTransfer";
/// The most values of one metric that one document may carry.
const MAX_VALUES: usize = 100;
/// What a document says about itself, and there what its members are.
const ABOUT: &str = "_aws";
const DIRECTIVES: &str = "CloudWatchMetrics";
const STAGE: &str = "stage";
const FUNCTION: &str = "function";

/// Names of dimensions, without the stage, which is always one.
type Names = &'static [&'static str];

/// One value of one metric.
struct Point {
    name: &'static str,
    unit: Unit,
    value: f64,
    dimensions: Vec<(&'static str, String)>,
    /// Further sets of dimensions under which it is found: an alarm cannot add up what it does not name.
    also: &'static [Names],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Unit {
    /// What is added up.
    Count,
    /// What is looked at by percentiles, so every value is kept.
    Milliseconds,
}

impl Point {
    fn new(name: &'static str, unit: Unit, value: f64) -> Self {
        Self { name, unit, value, dimensions: Vec::new(), also: &[] }
    }

    fn count(name: &'static str) -> Self {
        Self::counts(name, 1)
    }

    fn counts(name: &'static str, count: usize) -> Self {
        Self::new(name, Unit::Count, f64::from(u32::try_from(count).unwrap_or(u32::MAX)))
    }

    /// Two clocks may disagree: nothing takes less than no time.
    fn duration(name: &'static str, took: TimeDelta) -> Self {
        Self::new(name, Unit::Milliseconds, took.as_seconds_f64().max(0.0) * 1000.0)
    }

    fn by(mut self, dimension: &'static str, value: impl Into<String>) -> Self {
        self.dimensions.push((dimension, value.into()));
        self
    }

    fn also(mut self, sets: &'static [Names]) -> Self {
        self.also = sets;
        self
    }
}

fn points(metric: &Metric, function: &str) -> Vec<Point> {
    match metric {
        Metric::TransferCreated => vec![Point::count("TransfersCreated")],
        Metric::TransferEnded(reason) => {
            vec![Point::count("TransfersEnded").by("reason", reason.as_str()).also(&[&[]])]
        }
        Metric::TransferOutcome { outcome, provider, labels } => outcomes(*outcome, *provider, labels),
        Metric::HandBack(took) => vec![Point::duration("HandBackLatency", *took)],
        Metric::HandBackDelivered(took) => vec![Point::duration("HandBackDelivered", *took)],
        Metric::HandBackAcknowledged(took) => vec![Point::duration("HandBackAcknowledged", *took)],
        Metric::TimeToQueue(took) => vec![Point::duration("TimeToQueue", *took)],
        Metric::TimeToRepresentative(took) => vec![Point::duration("TimeToRepresentative", *took)],
        Metric::RelayLatencyInbound(took) => vec![Point::duration("RelayLatencyInbound", *took)],
        Metric::RelayLatencyOutbound(took) => vec![Point::duration("RelayLatencyOutbound", *took)],
        Metric::Webhook { provider, outcome, count } => {
            let provider = provider.as_ref().map_or("unknown", |provider| provider.as_str());
            let point = Point::counts("WebhookOutcomes", *count);
            vec![point.by("provider", provider).by("outcome", outcome.as_str()).also(&[&["outcome"]])]
        }
        Metric::ProviderCall { provider, operation, took, failure } => {
            let latency = Point::duration("ProviderLatency", *took);
            let latency = latency.by("provider", provider.as_str()).by("operation", operation.as_str());
            let error = failure.map(|kind| {
                let error = Point::count("ProviderErrors").by("provider", provider.as_str());
                error.by("kind", kind.as_str()).also(&[&["kind"]])
            });
            [Some(latency), error].into_iter().flatten().collect()
        }
        Metric::UnrelayableRecord(outcome) => {
            vec![Point::count("UnrelayableRecords").by("outcome", outcome.as_str()).also(&[&[]])]
        }
        Metric::MessageGivenUp => vec![Point::count("MessagesGivenUp").by(FUNCTION, function).also(&[&[]])],
        Metric::Overdue(sessions) => vec![Point::counts("Overdue", *sessions)],
        Metric::TickDelay(delay) => vec![Point::duration("TickDelay", *delay)],
        Metric::VoiceStale => vec![Point::count("StaleVoiceSessions")],
        Metric::Redacted { kind, count } => vec![Point::counts("Redacted", *count).by("kind", *kind).also(&[&[]])],
        Metric::CredentialsRefused { provider } => {
            vec![Point::count("CredentialsRefused").by("provider", provider.as_str()).also(&[&[]])]
        }
        Metric::IntegrationState { provider, state } => {
            let point = Point::count("IntegrationStates").by("provider", provider.as_str());
            vec![point.by("state", *state).also(&[&["state"]])]
        }
        Metric::EventDelivered { took } => vec![Point::duration("EventDeliveryLatency", *took)],
        Metric::EventNotDelivered => vec![Point::count("EventDeliveriesFailed")],
        Metric::Capacity { access, units } => {
            let name = match access {
                Access::Read => "ReadUnits",
                Access::Write => "WriteUnits",
            };
            vec![Point::new(name, Unit::Count, *units).by(FUNCTION, function)]
        }
    }
}

/// One for each thing that a transfer is counted by: crossed with each other, they would be more metrics than anybody
/// looks at.
fn outcomes(outcome: Outcome, provider: Provider, labels: &Labels) -> Vec<Point> {
    let counted =
        |dimension, value: &str| Point::count("TransferOutcomes").by(dimension, value).by("outcome", outcome.as_str());
    let trigger = labels.trigger.map(|trigger| counted("trigger", trigger.as_str()));
    let reason = labels.reason_code.as_ref().map(|code| counted("reasonCode", code.as_str()));
    let tags = labels.tags.iter().map(|tag| counted("tag", tag.as_str()));
    let all = counted("provider", provider.as_str()).also(&[&["outcome"]]);
    [all].into_iter().chain(trigger).chain(reason).chain(tags).collect()
}

/// What was measured since it was asked last, as documents in CloudWatch's Embedded Metric Format, one a line of the log:
/// a single one, unless the same dimension has several values or a metric has more than a document may carry.
pub fn emf_documents(metrics: &Metrics, stage: &str, function: &str, at: DateTime<Utc>) -> Vec<Value> {
    let mut documents = documents(&metrics.take(), stage, function, at);
    if let Some(route) = metrics.take_route() {
        for document in documents.iter_mut().filter_map(Value::as_object_mut) {
            document.insert("route".to_owned(), route.clone().into());
        }
    }
    documents
}

/// The values that share a document: those with the same dimensions.
type Values = BTreeMap<(&'static str, Unit), Vec<f64>>;
type Group = (Vec<(&'static str, String)>, &'static [Names]);

fn documents(metrics: &[Metric], stage: &str, function: &str, at: DateTime<Utc>) -> Vec<Value> {
    let mut groups: BTreeMap<Group, Values> = BTreeMap::new();
    for point in metrics.iter().flat_map(|metric| points(metric, function)) {
        let values = groups.entry((point.dimensions, point.also)).or_default();
        let values = values.entry((point.name, point.unit)).or_default();
        match (point.unit, values.as_mut_slice()) {
            (Unit::Count, [sum]) => *sum += point.value,
            (Unit::Count | Unit::Milliseconds, _) => values.push(point.value),
        }
    }
    let of_groups = groups.iter().flat_map(|(group, values)| group_documents(group, values, stage, function, at));
    of_groups
        .fold(Vec::new(), |mut shared, document| {
            match shared.iter_mut().find(|other| agree(other, &document)) {
                Some(other) => unite(other, document),
                None => shared.push(document),
            }
            shared
        })
        .into_iter()
        .map(Value::Object)
        .collect()
}

/// Whether two documents can be one: whatever both have means the same. Lists are values that go on in another document.
fn agree(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let is_same = |own: &Value, value: &Value| own == value && !own.is_array();
    other.iter().all(|(name, value)| name == ABOUT || one.get(name).is_none_or(|own| is_same(own, value)))
}

fn unite(one: &mut Map<String, Value>, other: Map<String, Value>) {
    for (name, value) in other {
        match (one.get_mut(&name).and_then(|own| own.get_mut(DIRECTIVES)), value) {
            (Some(Value::Array(own)), Value::Object(mut about)) if name == ABOUT => {
                if let Some(Value::Array(more)) = about.remove(DIRECTIVES) {
                    own.extend(more);
                }
            }
            (_, value) => {
                one.insert(name, value);
            }
        }
    }
}

fn group_documents(
    (dimensions, also): &Group,
    values: &Values,
    stage: &str,
    function: &str,
    at: DateTime<Utc>,
) -> Vec<Map<String, Value>> {
    let names: Vec<&str> = dimensions.iter().map(|(name, _)| *name).collect();
    let sets = [names.as_slice()].into_iter().chain(also.iter().copied());
    let sets: Vec<Vec<&str>> = sets.map(|set| [&[STAGE], set].concat()).collect();
    let mut members: Map<String, Value> =
        [(STAGE.to_owned(), stage.into()), (FUNCTION.to_owned(), function.into())].into_iter().collect();
    members.extend(dimensions.iter().map(|(name, value)| ((*name).to_owned(), value.clone().into())));

    let most = values.values().map(Vec::len).max().unwrap_or_default();
    let document = |first: usize| {
        let mut document = members.clone();
        let mut directives = Vec::new();
        for ((name, unit), values) in values {
            let part: Vec<f64> = values.iter().skip(first).take(MAX_VALUES).copied().collect();
            if part.is_empty() {
                continue;
            }
            directives.push(json!({ "Name": name, "Unit": unit.as_str() }));
            let value = if let [one] = part.as_slice() { json!(one) } else { json!(part) };
            document.insert((*name).to_owned(), value);
        }
        let directive = json!({ "Namespace": NAMESPACE, "Dimensions": sets, "Metrics": directives });
        let about = json!({ "Timestamp": at.timestamp_millis(), DIRECTIVES: [directive] });
        document.insert(ABOUT.to_owned(), about);
        document
    };
    (0..most).step_by(MAX_VALUES).map(document).collect()
}

impl Unit {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "Count",
            Self::Milliseconds => "Milliseconds",
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use transfer_app::{CallFailure, ProviderOperation, SetAside, WebhookOutcome};
    use transfer_domain::{EndReason, Trigger};

    use super::*;

    const PROVIDER: Provider = Provider::named("genesys");

    fn rendered(metrics: &[Metric]) -> Vec<Value> {
        documents(metrics, "test", "a-function", DateTime::from_timestamp_millis(1_795_341_603_001).unwrap())
    }

    fn labels() -> Labels {
        let tags: std::collections::BTreeSet<_> = ["vip", "eu"].map(|tag| tag.parse().unwrap()).into();
        Labels {
            trigger: Some(Trigger::Handoff),
            reason_code: Some("refund".parse().unwrap()),
            tags: tags.try_into().unwrap(),
        }
    }

    #[test]
    fn an_outcome_counts_once_under_each_thing_that_it_is_counted_by() {
        let metric = Metric::TransferOutcome { outcome: Outcome::Served, provider: PROVIDER, labels: labels() };
        let documents = rendered(&[metric]);
        let mut by: Vec<_> = documents
            .iter()
            .flat_map(|document| document["_aws"]["CloudWatchMetrics"].as_array().unwrap())
            .flat_map(|directive| directive["Dimensions"].as_array().unwrap())
            .map(|set| set.as_array().unwrap()[1].as_str().unwrap())
            .collect();
        by.sort_unstable();
        assert_eq!(by, ["outcome", "provider", "reasonCode", "tag", "tag", "trigger"]);
        assert!(
            documents.iter().all(|document| document["outcome"] == "served" && document["TransferOutcomes"] == 1.0)
        );
    }

    fn one_of_each() -> Vec<Metric> {
        let took = TimeDelta::milliseconds(1_500);
        let failure = Some(CallFailure::Ambiguous);
        let mut all = vec![
            Metric::TransferCreated,
            Metric::TransferEnded(EndReason::Expired),
            Metric::TransferOutcome { outcome: Outcome::Served, provider: PROVIDER, labels: labels() },
            Metric::HandBack(took),
            Metric::HandBackDelivered(took),
            Metric::HandBackAcknowledged(took),
            Metric::TimeToQueue(took),
            Metric::TimeToRepresentative(took),
            Metric::RelayLatencyInbound(took),
            Metric::RelayLatencyOutbound(took),
            Metric::UnrelayableRecord(SetAside::Parked),
            Metric::MessageGivenUp,
            Metric::EventDelivered { took },
            Metric::EventNotDelivered,
            Metric::Overdue(3),
            Metric::TickDelay(took),
            Metric::VoiceStale,
            Metric::Redacted { kind: "card", count: 2 },
            Metric::CredentialsRefused { provider: PROVIDER },
            Metric::IntegrationState { provider: PROVIDER, state: "failing" },
            Metric::ProviderCall { provider: PROVIDER, operation: ProviderOperation::Send, took, failure },
            Metric::Capacity { access: Access::Read, units: 1.5 },
            Metric::Capacity { access: Access::Write, units: 6.0 },
        ];
        let outcome = |provider, outcome| Metric::Webhook { provider, outcome, count: 2 };
        all.push(outcome(Some(PROVIDER), WebhookOutcome::Applied));
        all.push(outcome(None, WebhookOutcome::Unauthentic));
        all
    }

    /// What the specification asks of a document; gives the names of its metrics.
    fn assert_is_emf(document: &Value) -> Vec<&str> {
        assert!(document["_aws"]["Timestamp"].is_u64(), "{document}");
        let directives = document["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        directives.iter().flat_map(|directive| assert_is_directive(document, directive)).collect()
    }

    fn assert_is_directive<'a>(document: &Value, directive: &'a Value) -> Vec<&'a str> {
        assert_eq!(directive["Namespace"], "AgentTransfer");
        for set in directive["Dimensions"].as_array().unwrap() {
            let set = set.as_array().unwrap();
            assert!((1..=30).contains(&set.len()), "{document}");
            assert_eq!(set[0], "stage");
            for name in set {
                let value = document[name.as_str().unwrap()].as_str().unwrap();
                assert!((1..=1024).contains(&value.len()), "{document}");
            }
        }
        let metrics = directive["Metrics"].as_array().unwrap();
        assert!((1..=100).contains(&metrics.len()), "{document}");
        for metric in metrics {
            assert!(["Count", "Milliseconds"].contains(&metric["Unit"].as_str().unwrap()), "{document}");
            let value = &document[metric["Name"].as_str().unwrap()];
            let values = value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]);
            assert!((1..=100).contains(&values.len()) && values.iter().all(Value::is_number), "{document}");
        }
        metrics.iter().map(|metric| metric["Name"].as_str().unwrap()).collect()
    }

    #[test]
    fn every_metric_is_valid_and_described_in_the_documentation() {
        let documents = rendered(&one_of_each());
        let described = include_str!("../../../docs/metrics.md");
        let mut names: Vec<&str> = documents.iter().flat_map(assert_is_emf).collect();
        for document in &documents {
            let directives = document["_aws"]["CloudWatchMetrics"].as_array().unwrap();
            for set in directives.iter().flat_map(|directive| directive["Dimensions"].as_array().unwrap()) {
                for name in set.as_array().unwrap() {
                    assert!(described.contains(&format!("`{}`", name.as_str().unwrap())), "{name}");
                }
            }
        }
        names.sort_unstable();
        names.dedup();
        let rows = described.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`')).map(|(name, _)| name);
        let mut documented: Vec<&str> = rows.collect();
        documented.sort_unstable();
        assert_eq!(names, documented);
    }

    #[test]
    fn counts_are_added_up_and_times_are_kept() {
        let time = |ms| Metric::TimeToQueue(TimeDelta::milliseconds(ms));
        let documents = rendered(&[Metric::TransferCreated, time(10), Metric::TransferCreated, time(30)]);
        assert_eq!(documents.len(), 1, "what has the same dimensions shares a document");
        assert_eq!(documents[0]["TransfersCreated"], 2.0);
        assert_eq!(documents[0]["TimeToQueue"], json!([10.0, 30.0]));
    }

    #[test]
    fn an_invocation_prints_one_document_unless_a_dimension_has_two_values() {
        let units = |access, units| Metric::Capacity { access, units };
        let all = [
            Metric::TransferCreated,
            units(Access::Read, 0.5),
            units(Access::Write, 7.0),
            Metric::TransferEnded(EndReason::Expired),
        ];
        let documents = rendered(&all);
        let [document] = documents.as_slice() else { panic!("{documents:?}") };
        let mut names = assert_is_emf(document);
        names.sort_unstable();
        assert_eq!(names, ["ReadUnits", "TransfersCreated", "TransfersEnded", "WriteUnits"]);
        let two = [EndReason::Expired, EndReason::AgentEnded].map(Metric::TransferEnded);
        let reasons: Vec<_> = rendered(&two).iter().map(|document| document["reason"].clone()).collect();
        assert_eq!(reasons.len(), 2, "{reasons:?}");
    }

    #[test]
    fn more_values_than_a_document_holds_go_on_in_the_next() {
        let documents = rendered(&vec![Metric::TimeToQueue(TimeDelta::zero()); 250]);
        let lengths: Vec<_> = documents.iter().map(|it| it["TimeToQueue"].as_array().unwrap().len()).collect();
        assert_eq!(lengths, [100, 100, 50]);
        for document in &documents {
            assert_eq!(assert_is_emf(document), ["TimeToQueue"]);
        }
    }

    #[test]
    fn a_provider_whose_clock_is_ahead_makes_no_negative_time() {
        let documents = rendered(&[Metric::RelayLatencyInbound(TimeDelta::seconds(-3))]);
        assert_eq!(documents[0]["RelayLatencyInbound"], 0.0);
    }

    #[test]
    fn an_end_counts_under_its_reason_and_in_all() {
        let documents = rendered(&[Metric::TransferEnded(EndReason::Expired)]);
        let sets = &documents[0]["_aws"]["CloudWatchMetrics"][0]["Dimensions"];
        assert_eq!(*sets, json!([["stage", "reason"], ["stage"]]));
        assert_eq!(documents[0]["reason"], "expired");
    }

    #[test]
    fn that_nothing_is_overdue_is_told() {
        let documents = rendered(&[Metric::Overdue(0)]);
        assert_eq!(documents[0]["Overdue"], 0.0, "an alarm tells it from a look that was not made");
        assert_eq!(assert_is_emf(&documents[0]), ["Overdue"]);
    }

    #[test]
    fn nothing_measured_is_nothing_printed() {
        assert_eq!(rendered(&[]), Vec::<Value>::new());
    }
}
