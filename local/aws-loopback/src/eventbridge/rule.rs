use serde_json::Value;

/// Which events of one bus a subscriber gets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    bus: String,
    source: SourcePattern,
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

impl Rule {
    /// A rule on the named bus.
    pub fn new(bus: impl Into<String>, source: SourcePattern) -> Self {
        Self { bus: bus.into(), source }
    }

    /// The bus the rule stands on.
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// Whether an event of this bus is for the subscriber.
    pub(crate) fn matches(&self, bus: &str, event: &Value) -> bool {
        let source = event.get("source").and_then(Value::as_str);
        self.bus == bus
            && source.is_some_and(|source| match &self.source {
                SourcePattern::Any => true,
                SourcePattern::Exact(exact) => source == exact,
                SourcePattern::Prefix(prefix) => source.starts_with(prefix),
            })
    }
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
}
