use serde_json::Value;

use super::pattern::EventPattern;
use crate::error::AwsError;

/// Which events of one bus a subscriber in this process gets.
#[derive(Debug, Clone, PartialEq)]
pub struct Rule {
    bus: String,
    pattern: EventPattern,
}

impl Rule {
    /// All events of the named bus.
    pub fn every(bus: impl Into<String>) -> Self {
        Self { bus: bus.into(), pattern: EventPattern::every() }
    }

    /// Those that fit an event pattern. Refused with `InvalidEventPatternException` if it is none.
    pub fn matching(bus: impl Into<String>, pattern: &Value) -> Result<Self, AwsError> {
        Ok(Self { bus: bus.into(), pattern: EventPattern::read(pattern)? })
    }

    /// The bus the rule stands on.
    pub fn bus(&self) -> &str {
        &self.bus
    }

    /// Whether an event of this bus is for the subscriber.
    pub(crate) fn matches(&self, bus: &str, event: &Value) -> bool {
        self.bus == bus && self.pattern.takes(event)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_takes_what_fits_on_its_own_bus_only() {
        let event = json!({ "source": "app" });
        let rule = Rule::matching("bus", &json!({ "source": ["app"] })).unwrap();
        assert!(rule.matches("bus", &event));
        assert!(!rule.matches("other", &event) && !rule.matches("bus", &json!({ "source": "else" })));
        assert!(Rule::every("bus").matches("bus", &event) && !Rule::every("bus").matches("other", &event));
    }
}
