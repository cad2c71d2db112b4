//! Event patterns, as the EventBridge user guide describes them.
//!
//! What is not a pattern there is refused here, so that no rule means something else here than on AWS.

mod filter;
mod read;
mod wildcard;

use serde_json::Value;

use self::filter::Filter;
use crate::error::AwsError;

/// Which events a rule takes.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPattern(Fields);

/// What an object of the event must be like.
#[derive(Debug, Clone, PartialEq, Default)]
struct Fields {
    /// Each of these fields must fit,
    all: Vec<(String, Node)>,
    /// and one of these alternatives, where there are any.
    any: Vec<Fields>,
}

/// What one field must be like.
#[derive(Debug, Clone, PartialEq)]
enum Node {
    Fields(Fields),
    /// One of these.
    Values(Vec<Filter>),
}

impl EventPattern {
    /// The pattern that takes every event. It has no text: EventBridge refuses an empty one.
    pub fn every() -> Self {
        Self(Fields::default())
    }

    /// Reads a pattern from its text, as `PutRule` gets it. Refused with `InvalidEventPatternException`.
    pub fn parse(text: &str) -> Result<Self, AwsError> {
        let pattern: Value = serde_json::from_str(text)
            .map_err(|error| refused(&format!("Not JSON at line {} column {}", error.line(), error.column())))?;
        Self::read(&pattern)
    }

    /// Reads a pattern. Refused with `InvalidEventPatternException`.
    pub fn read(pattern: &Value) -> Result<Self, AwsError> {
        read::pattern(pattern).map(Self).map_err(|reason| refused(&reason))
    }

    /// Whether a rule with this pattern takes the event.
    pub fn takes(&self, event: &Value) -> bool {
        self.0.takes(Some(event))
    }
}

impl Fields {
    fn takes(&self, told: Option<&Value>) -> bool {
        if let Some(Value::Array(items)) = told {
            // All fields are asked of the same item.
            return items.iter().any(|item| self.takes(Some(item)));
        }
        let of = |name: &str| told.and_then(Value::as_object).and_then(|fields| fields.get(name));
        self.all.iter().all(|(name, node)| node.takes(of(name)))
            && (self.any.is_empty() || self.any.iter().any(|fields| fields.takes(told)))
    }
}

impl Node {
    fn takes(&self, told: Option<&Value>) -> bool {
        match self {
            Self::Fields(fields) => fields.takes(told),
            Self::Values(filters) => {
                let leaves = leaves(told);
                filters.iter().any(|filter| filter.takes(&leaves))
            }
        }
    }
}

/// What a field says: one value, several in an array, or none. An object is no value.
fn leaves(told: Option<&Value>) -> Vec<&Value> {
    match told {
        None | Some(Value::Object(_)) => Vec::new(),
        Some(Value::Array(items)) => items.iter().flat_map(|item| leaves(Some(item))).collect(),
        Some(leaf) => vec![leaf],
    }
}

fn refused(reason: &str) -> AwsError {
    AwsError::sender("InvalidEventPatternException", format!("Event pattern is not valid. Reason: {reason}"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn takes(pattern: &Value, event: &Value) -> bool {
        EventPattern::read(pattern).unwrap().takes(event)
    }

    /// Whether `{"a": [filter]}` takes `{"a": value}`.
    fn fits(filter: impl Into<Value>, value: impl Into<Value>) -> bool {
        let (filter, value): (Value, Value) = (filter.into(), value.into());
        takes(&json!({ "a": [filter] }), &json!({ "a": value }))
    }

    #[test]
    fn a_pattern_asks_for_all_of_its_fields_and_any_of_their_values() {
        let pattern = json!({ "source": ["app"], "detail": { "status": ["ended", "active"], "by": { "who": ["x"] } } });
        let event = |status: &str, who: &str| json!({ "source": "app", "detail": { "status": status, "by": { "who": who }, "more": 1 } });
        assert!(takes(&pattern, &event("ended", "x")) && takes(&pattern, &event("active", "x")));
        assert!(!takes(&pattern, &event("queued", "x")) && !takes(&pattern, &event("ended", "y")));
        assert!(!takes(&pattern, &json!({ "source": "app" })));
    }

    #[test]
    fn exact_values_are_of_any_simple_type_and_of_no_other() {
        assert!(fits(json!("x"), json!("x")) && fits(json!(1), json!(1)) && fits(json!(true), json!(true)));
        assert!(fits(json!(null), json!(null)) && fits(json!(""), json!("")));
        assert!(
            !fits(json!("1"), json!(1)) && !fits(json!(false), json!(null)) && !fits(json!("x"), json!({ "x": 1 }))
        );
        assert!(!takes(&json!({ "a": [null] }), &json!({})), "null is a value, and there is none");
    }

    #[test]
    fn an_array_fits_when_one_of_its_values_does() {
        assert!(fits(json!("b"), json!(["a", "b"])) && !fits(json!("c"), json!(["a", "b"])));
        let pattern = json!({ "items": { "kind": ["x"], "size": [{ "numeric": [">", 1] }] } });
        assert!(takes(&pattern, &json!({ "items": [{ "kind": "y", "size": 1 }, { "kind": "x", "size": 2 }] })));
        assert!(!takes(&pattern, &json!({ "items": [{ "kind": "x", "size": 1 }, { "kind": "y", "size": 2 }] })));
    }

    #[test]
    fn beginnings_and_ends_of_texts() {
        assert!(fits(json!({ "prefix": "transfer." }), json!("transfer.ended")));
        assert!(
            !fits(json!({ "prefix": "transfer." }), json!("message.failed"))
                && !fits(json!({ "prefix": "1" }), json!(1))
        );
        assert!(
            fits(json!({ "suffix": ".png" }), json!("a.png")) && !fits(json!({ "suffix": ".png" }), json!("a.jpg"))
        );
        assert!(fits(json!({ "prefix": { "equals-ignore-case": "TRANSFER" } }), json!("Transfer.ended")));
        assert!(fits(json!({ "suffix": { "equals-ignore-case": ".PNG" } }), json!("a.png")));
        assert!(fits(json!({ "equals-ignore-case": "ALICE" }), json!("alice")));
        assert!(!fits(json!({ "equals-ignore-case": "ALICE" }), json!("alice b")));
    }

    #[test]
    fn wildcards_stand_for_any_text() {
        let wildcard = |pattern: &str, text: &str| fits(json!({ "wildcard": pattern }), json!(text));
        assert!(wildcard("dir/*.png", "dir/a/b.png") && wildcard("*", "") && wildcard("a*a", "aa"));
        assert!(wildcard("*ab*ab", "abxabab") && wildcard(r"a\*b", "a*b") && wildcard(r"a\\*", r"a\b"));
        assert!(!wildcard("a*a", "a") && !wildcard(r"a\*b", "axb") && !wildcard("a*b", "abc"));
    }

    #[test]
    fn anything_but_needs_a_value_that_is_another() {
        assert!(fits(json!({ "anything-but": "x" }), json!("y")) && !fits(json!({ "anything-but": "x" }), json!("x")));
        assert!(
            fits(json!({ "anything-but": [1, 2] }), json!(3)) && !fits(json!({ "anything-but": [1, 2] }), json!(2))
        );
        assert!(!fits(json!({ "anything-but": { "prefix": "tr" } }), json!("transfer")));
        assert!(!fits(json!({ "anything-but": { "suffix": ["x", "er"] } }), json!("transfer")));
        assert!(!fits(json!({ "anything-but": { "wildcard": "t*r" } }), json!("transfer")));
        assert!(!fits(json!({ "anything-but": { "equals-ignore-case": ["TRANSFER"] } }), json!("transfer")));
        assert!(fits(json!({ "anything-but": { "prefix": "x" } }), json!("transfer")));
        assert!(!takes(&json!({ "a": [{ "anything-but": "x" }] }), &json!({})));
    }

    #[test]
    fn numbers_are_compared() {
        let numeric = |range: Value, value: Value| fits(json!({ "numeric": range }), value);
        assert!(numeric(json!(["=", 5]), json!(5.0)) && !numeric(json!(["=", 5]), json!("5")));
        assert!(numeric(json!([">", 0, "<=", 5]), json!(5)) && !numeric(json!([">", 0, "<=", 5]), json!(0)));
        assert!(numeric(json!(["<", -1.5]), json!(-2)) && numeric(json!([">=", 3]), json!(3)));
    }

    #[test]
    fn addresses_are_looked_for_in_a_network() {
        assert!(fits(json!({ "cidr": "10.0.0.0/24" }), json!("10.0.0.255")));
        assert!(
            !fits(json!({ "cidr": "10.0.0.0/24" }), json!("10.0.1.0"))
                && !fits(json!({ "cidr": "10.0.0.0/8" }), json!("x"))
        );
        assert!(fits(json!({ "cidr": "2001:db8::/32" }), json!("2001:db8::1")));
    }

    #[test]
    fn a_field_can_be_asked_to_be_there_or_not_to_be() {
        let (there, absent) =
            (json!({ "d": { "a": [{ "exists": true }] } }), json!({ "d": { "a": [{ "exists": false }] } }));
        for (event, is_there) in [
            (json!({ "d": { "a": null } }), true),
            (json!({ "d": { "a": "x" } }), true),
            (json!({ "d": { "b": 1 } }), false),
            (json!({}), false),
            (json!({ "d": { "a": { "b": 1 } } }), false),
        ] {
            assert_eq!((takes(&there, &event), takes(&absent, &event)), (is_there, !is_there), "{event}");
        }
    }

    #[test]
    fn one_of_several_alternatives_is_enough_beside_what_is_always_asked() {
        let pattern = json!({
            "source": ["app"],
            "$or": [{ "detail": { "n": [1] } }, { "detail-type": ["ping"] }],
            "detail": { "$or": [{ "x": ["a"] }, { "x": [{ "exists": false }] }] },
        });
        let event =
            |kind: &str, n: u8, x: &str| json!({ "source": "app", "detail-type": kind, "detail": { "n": n, "x": x } });
        assert!(takes(&pattern, &event("pong", 1, "a")) && takes(&pattern, &event("ping", 2, "a")));
        assert!(!takes(&pattern, &event("pong", 2, "a")) && !takes(&pattern, &event("ping", 1, "b")));
    }

    #[test]
    fn what_is_no_pattern_is_refused_and_the_refusal_says_why() {
        let a = |filter: Value| json!({ "a": [filter] });
        for (pattern, reason) in [
            (json!({}), "Empty"),
            (json!([]), "must be an object"),
            (json!({ "a": {} }), "Empty"),
            (json!({ "a": [] }), "Empty"),
            (json!({ "a": "x" }), "\"a\" must be an object or an array"),
            (json!({ "a": [["x"]] }), "Match value"),
            (a(json!({})), "one key"),
            (a(json!({ "prefix": "a", "suffix": "b" })), "one key"),
            (a(json!({ "matches": "x" })), "Unrecognized match type matches"),
            (a(json!({ "prefix": 1 })), "prefix"),
            (a(json!({ "suffix": { "ignore": "x" } })), "suffix"),
            (a(json!({ "equals-ignore-case": 1 })), "equals-ignore-case"),
            (a(json!({ "anything-but": [] })), "anything-but"),
            (a(json!({ "anything-but": ["x", 1] })), "anything-but"),
            (a(json!({ "anything-but": null })), "anything-but"),
            (a(json!({ "anything-but": { "numeric": ["<", 1] } })), "anything-but"),
            (a(json!({ "anything-but": { "prefix": "" } })), "anything-but"),
            (a(json!({ "exists": "yes" })), "exists"),
            (a(json!({ "numeric": [] })), "numeric"),
            (a(json!({ "numeric": ["<"] })), "numeric"),
            (a(json!({ "numeric": ["~", 1] })), "numeric"),
            (a(json!({ "numeric": ["<", 1, ">", 0] })), "numeric"),
            (a(json!({ "numeric": [">", 5, "<", 5] })), "numeric"),
            (a(json!({ "numeric": [">", 6_000_000_000_i64] })), "numeric"),
            (a(json!({ "cidr": "10.0.0.0/33" })), "cidr"),
            (a(json!({ "wildcard": "a**b" })), "wildcard"),
            (a(json!({ "wildcard": "a\\b" })), "wildcard"),
            (json!({ "$or": [{ "a": [1] }] }), "$or"),
            (json!({ "$or": [{ "a": [1] }, "x"] }), "$or"),
            (json!({ "$or": { "a": [1] } }), "$or"),
        ] {
            let error = EventPattern::read(&pattern).unwrap_err();
            assert_eq!(error.code(), "InvalidEventPatternException", "{pattern}");
            assert!(error.message().contains(reason), "{pattern}: {}", error.message());
        }
        assert!(EventPattern::parse("{").unwrap_err().message().contains("Not JSON"));
    }
}
