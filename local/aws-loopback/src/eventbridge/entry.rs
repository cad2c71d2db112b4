//! One entry of a put call: what is refused, how large it counts, and the event it becomes.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::AwsError;
use crate::wire::epoch_seconds;
use crate::{ACCOUNT, REGION};

/// The entry as both put operations send it.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Entry {
    #[serde(default, with = "epoch_seconds")]
    time: Option<DateTime<Utc>>,
    source: Option<String>,
    #[serde(default)]
    resources: Vec<String>,
    detail_type: Option<String>,
    detail: Option<String>,
    event_bus_name: Option<String>,
}

impl Entry {
    /// The bytes this entry counts against the request's limit, by the formula of the user guide:
    /// 14 for a given time, and the UTF-8 length of source, detail type, detail and resources.
    pub(crate) fn size(&self) -> usize {
        let text = |field: &Option<String>| field.as_ref().map_or(0, String::len);
        let time = if self.time.is_some() { 14 } else { 0 };
        time + text(&self.source)
            + text(&self.detail_type)
            + text(&self.detail)
            + self.resources.iter().map(String::len).sum::<usize>()
    }

    /// The detail as it was sent.
    pub(crate) fn detail(&self) -> &str {
        self.detail.as_deref().unwrap_or_default()
    }

    /// The bus named by name or ARN; `default` when none is named.
    pub(crate) fn bus(&self) -> &str {
        bus_named(self.event_bus_name.as_deref())
    }

    /// The source, which a partner's entry uses as the name of the bus too.
    pub(crate) fn source(&self) -> Result<&str, AwsError> {
        required(self.source.as_deref(), "Source")
    }

    /// The event as rules and targets see it.
    pub(crate) fn into_event(self, id: &str, now: DateTime<Utc>) -> Result<Value, AwsError> {
        let source = self.source()?;
        let detail_type = required(self.detail_type.as_deref(), "DetailType")?;
        let detail = required(self.detail.as_deref(), "Detail")?;
        let detail = match serde_json::from_str(detail) {
            Ok(Value::Object(fields)) => Value::Object(fields),
            Ok(_) | Err(_) => {
                return Err(AwsError::sender("MalformedDetail", "Detail is malformed."));
            }
        };
        let time = self.time.unwrap_or(now);
        Ok(json!({
            "version": "0",
            "id": id,
            "detail-type": detail_type,
            "source": source,
            "account": ACCOUNT,
            "time": time.to_rfc3339_opts(SecondsFormat::Secs, true),
            "region": REGION,
            "resources": self.resources,
            "detail": detail,
        }))
    }
}

/// The bus that a request names by name or ARN.
pub(super) fn bus_named(named: Option<&str>) -> &str {
    let named = named.unwrap_or("default");
    named.rsplit_once("event-bus/").map_or(named, |(_, name)| name)
}

fn required<'a>(field: Option<&'a str>, name: &str) -> Result<&'a str, AwsError> {
    field.filter(|text| !text.is_empty()).ok_or_else(|| {
        AwsError::sender(
            "InvalidArgument",
            format!("Parameter {name} is not valid. Reason: {name} is a required argument."),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_counts_what_the_formula_counts() {
        let entry: Entry = serde_json::from_value(json!({
            "Time": 1_700_000_000, "Source": "ab", "DetailType": "cde", "Detail": "{\"ü\":1}",
            "Resources": ["f", "gh"], "EventBusName": "not counted",
        }))
        .unwrap();
        assert_eq!(entry.size(), 14 + 2 + 3 + 8 + 3);
    }

    #[test]
    fn a_bus_can_be_named_by_its_arn() {
        let entry: Entry = serde_json::from_value(json!({
            "EventBusName": "arn:aws:events:local:000000000000:event-bus/transfers",
        }))
        .unwrap();
        assert_eq!(entry.bus(), "transfers");
    }
}
