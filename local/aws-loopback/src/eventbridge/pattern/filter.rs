//! What one value of an event may be.

use std::net::IpAddr;

use ipnet::IpNet;
use serde_json::Value;

use super::wildcard::Wildcard;

/// A condition on the values of one field.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Filter {
    /// There is a value.
    Present,
    /// There is none.
    Absent,
    /// One of the values passes.
    One(Test),
    /// One of the values passes none of these.
    AnythingBut(Vec<Test>),
}

/// A condition on one value.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    Is(Value),
    Prefix(Text),
    Suffix(Text),
    EqualsIgnoringCase(String),
    Wildcard(Wildcard),
    Numeric(Vec<(Comparison, f64)>),
    Network(IpNet),
}

/// A text to compare with.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Text {
    Exact(String),
    IgnoringCase(String),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Below,
    AtMost,
    Above,
    AtLeast,
}

impl Filter {
    pub(super) fn takes(&self, values: &[&Value]) -> bool {
        match self {
            Self::Present => !values.is_empty(),
            Self::Absent => values.is_empty(),
            Self::One(test) => values.iter().any(|value| test.passes(value)),
            Self::AnythingBut(tests) => values.iter().any(|value| !tests.iter().any(|test| test.passes(value))),
        }
    }
}

impl Test {
    fn passes(&self, value: &Value) -> bool {
        let text = |test: &dyn Fn(&str) -> bool| value.as_str().is_some_and(test);
        match self {
            Self::Is(wanted) => value == wanted,
            Self::Prefix(Text::Exact(prefix)) => text(&|told| told.starts_with(prefix)),
            Self::Prefix(Text::IgnoringCase(prefix)) => text(&|told| told.to_lowercase().starts_with(prefix)),
            Self::Suffix(Text::Exact(suffix)) => text(&|told| told.ends_with(suffix)),
            Self::Suffix(Text::IgnoringCase(suffix)) => text(&|told| told.to_lowercase().ends_with(suffix)),
            Self::EqualsIgnoringCase(wanted) => text(&|told| told.to_lowercase() == *wanted),
            Self::Wildcard(wildcard) => text(&|told| wildcard.fits(told)),
            Self::Numeric(range) => value
                .as_f64()
                .is_some_and(|told| range.iter().all(|(comparison, bound)| comparison.holds(told, *bound))),
            Self::Network(network) => {
                text(&|told| told.parse::<IpAddr>().is_ok_and(|address| network.contains(&address)))
            }
        }
    }
}

impl Comparison {
    #[expect(clippy::float_cmp, reason = "the comparison is what the pattern asks for")]
    fn holds(self, told: f64, bound: f64) -> bool {
        match self {
            Self::Equal => told == bound,
            Self::Below => told < bound,
            Self::AtMost => told <= bound,
            Self::Above => told > bound,
            Self::AtLeast => told >= bound,
        }
    }
}
