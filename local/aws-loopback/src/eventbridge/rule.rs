use serde_json::Value;

use crate::error::AwsError;

/// Which events of one bus a subscriber gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    bus: String,
    /// What each named field of an event must be: one of these.
    fields: Vec<(String, Vec<Wanted>)>,
}

/// What a rule asks of an event's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SourcePattern {
    /// Every source.
    Any,
    /// This source and no other.
    Exact(String),
    /// Sources that start so, such as `aws.partner/example.com`.
    Prefix(String),
}

/// What a field may be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Wanted {
    Exact(String),
    Prefix(String),
    AnythingBut(Vec<String>),
}

impl Rule {
    /// A rule on the named bus.
    pub fn new(bus: impl Into<String>, source: SourcePattern) -> Self {
        let wanted = match source {
            SourcePattern::Any => None,
            SourcePattern::Exact(source) => Some(Wanted::Exact(source)),
            SourcePattern::Prefix(prefix) => Some(Wanted::Prefix(prefix)),
        };
        let fields = wanted.map(|wanted| ("source".to_owned(), vec![wanted])).into_iter().collect();
        Self { bus: bus.into(), fields }
    }

    /// A rule with an event pattern, of top-level fields alone: texts, `prefix` and `anything-but`. What else EventBridge
    /// knows is refused, so that no rule means something else here than there.
    pub fn matching(bus: impl Into<String>, pattern: &Value) -> Result<Self, AwsError> {
        let fields = pattern.as_object().filter(|fields| !fields.is_empty()).ok_or_else(|| unknown("pattern"))?;
        let fields = fields.iter().map(|(name, wanted)| {
            let wanted = wanted.as_array().filter(|wanted| !wanted.is_empty()).ok_or_else(|| unknown(name))?;
            let wanted = wanted.iter().map(|wanted| Wanted::read(wanted).ok_or_else(|| unknown(name)));
            Ok((name.clone(), wanted.collect::<Result<_, _>>()?))
        });
        Ok(Self { bus: bus.into(), fields: fields.collect::<Result<_, AwsError>>()? })
    }

    /// The bus the rule stands on.
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// Whether an event of this bus is for the subscriber.
    pub(crate) fn matches(&self, bus: &str, event: &Value) -> bool {
        self.bus == bus
            && self.fields.iter().all(|(name, wanted)| {
                let told = event.get(name).and_then(Value::as_str);
                told.is_some_and(|told| wanted.iter().any(|wanted| wanted.takes(told)))
            })
    }
}

impl Wanted {
    fn read(wanted: &Value) -> Option<Self> {
        if let Some(exact) = wanted.as_str() {
            return Some(Self::Exact(exact.to_owned()));
        }
        let fields = wanted.as_object().filter(|fields| fields.len() == 1)?;
        if let Some(prefix) = fields.get("prefix") {
            return Some(Self::Prefix(prefix.as_str()?.to_owned()));
        }
        match fields.get("anything-but")? {
            Value::String(one) => Some(Self::AnythingBut(vec![one.clone()])),
            Value::Array(all) => {
                all.iter().map(|one| one.as_str().map(str::to_owned)).collect::<Option<_>>().map(Self::AnythingBut)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
        }
    }

    fn takes(&self, told: &str) -> bool {
        match self {
            Self::Exact(exact) => told == exact,
            Self::Prefix(prefix) => told.starts_with(prefix),
            Self::AnythingBut(others) => others.iter().all(|other| other != told),
        }
    }
}

fn unknown(part: &str) -> AwsError {
    AwsError::sender("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {part}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_takes_its_own_bus_and_source_only() {
        let event = json!({ "source": "app.orders" });
        let exact = Rule::new("bus", SourcePattern::Exact("app.orders".into()));
        assert!(exact.matches("bus", &event));
        assert!(!exact.matches("other", &event));
        assert!(!exact.matches("bus", &json!({ "source": "app.orders.eu" })));
        let prefix = Rule::new("bus", SourcePattern::Prefix("app.".into()));
        assert!(prefix.matches("bus", &event));
        assert!(!prefix.matches("bus", &json!({ "source": "other" })));
    }

    #[test]
    fn a_pattern_asks_for_all_of_its_fields_and_any_of_their_values() {
        let pattern = json!({ "source": ["app"], "detail-type": [{ "prefix": "order." }, "ping"] });
        let rule = Rule::matching("bus", &pattern).unwrap();
        let takes = |source, kind| rule.matches("bus", &json!({ "source": source, "detail-type": kind }));
        assert!(takes("app", "order.placed") && takes("app", "ping"));
        assert!(!takes("app", "pong") && !takes("other", "ping"));
        let but = Rule::matching("bus", &json!({ "detail-type": [{ "anything-but": "typing" }] })).unwrap();
        assert!(but.matches("bus", &json!({ "detail-type": "ping" })));
        assert!(!but.matches("bus", &json!({ "detail-type": "typing" })));
    }

    #[test]
    fn a_pattern_that_is_not_understood_is_refused() {
        for pattern in [
            json!({}),
            json!({ "source": "app" }),
            json!({ "source": [] }),
            json!({ "detail": { "status": ["ended"] } }),
            json!({ "source": [{ "suffix": ".eu" }] }),
            json!({ "source": [{ "prefix": "a", "anything-but": "b" }] }),
        ] {
            let error = Rule::matching("bus", &pattern).unwrap_err();
            assert_eq!(error.code(), "InvalidEventPatternException", "{pattern}");
        }
    }
}
