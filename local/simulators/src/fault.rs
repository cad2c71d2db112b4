//! Faults on request: what goes wrong, where, and how often.
//!
//! A plan is a list; the first entry that matches and is not used up is taken.

use serde::{Deserialize, Serialize};

/// What a request to the provider wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// An access token.
    Token,
    /// A conversation, or a human for it.
    Open,
    /// A message of the contact.
    Send,
    /// A typing indicator of the contact.
    Typing,
    /// A delivery report for a representative's message.
    Receipt,
    /// The end of a conversation.
    End,
    /// Reading without effect.
    Read,
    /// Anything else.
    Other,
}

/// One entry of the plan.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "on", rename_all = "snake_case", deny_unknown_fields)]
pub enum Fault {
    /// Something goes wrong when the platform calls the provider.
    Request {
        /// Which operation; absent means every one.
        operation: Option<Operation>,
        /// How many matching requests pass first.
        #[serde(default)]
        skip: u32,
        /// How many requests are hit.
        #[serde(default = "once")]
        times: u32,
        /// What happens to them.
        fault: RequestFault,
    },
    /// Something goes wrong when the provider calls the platform.
    Callback {
        /// `*`, a kind such as `lifecycle.acd.end`, or the beginning of kinds such as `lifecycle`.
        kind: String,
        /// How many matching callbacks pass first.
        #[serde(default)]
        skip: u32,
        /// How many callbacks are hit.
        #[serde(default = "once")]
        times: u32,
        /// What happens to them.
        fault: CallbackFault,
    },
}

/// What goes wrong with a request.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum RequestFault {
    /// Answered with a status and the provider's error body.
    Status {
        /// HTTP status.
        status: u16,
        /// `Retry-After` in seconds.
        #[serde(rename = "retryAfter")]
        retry_after: Option<u64>,
        /// Whether the provider did what it was asked all the same.
        #[serde(default)]
        taken: Taken,
    },
    /// Done, but answered with 200 and a body that is not JSON.
    MalformedBody,
    /// Answered with 200 and a body that is not the provider's, such as a page of whatever stands before it, or nothing.
    OtherBody {
        /// The body.
        body: String,
        /// Whether the provider did what it was asked.
        #[serde(default)]
        taken: Taken,
    },
    /// Done, but answered with 200 and a body of this size.
    HugeBody {
        /// Size; the default is above 256 KiB.
        #[serde(default = "huge")]
        bytes: usize,
    },
    /// Not done; answered with a redirect.
    Redirect {
        /// Where to.
        location: String,
    },
    /// Not done, not answered.
    HangBefore {
        /// When the simulator closes the connection; absent means when the client gives up.
        seconds: Option<u64>,
    },
    /// Done, not answered.
    HangAfter {
        /// When the answer comes after all; absent means never.
        seconds: Option<u64>,
    },
    /// The connection is closed without an answer.
    Close {
        /// Whether the provider did what it was asked.
        #[serde(default)]
        taken: Taken,
    },
    /// Every token becomes invalid before the request is looked at.
    RevokeTokens,
    /// Every session moves to another data centre before the request is looked at, where the provider does that.
    Migrate,
}

/// Whether a request had its effect although its answer says otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    /// Nothing happened.
    #[default]
    No,
    /// It was done.
    Yes,
}

/// What goes wrong with a callback or lifecycle event.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CallbackFault {
    /// Sent again, so many times more.
    Duplicate {
        /// Additional copies.
        #[serde(default = "once")]
        copies: u32,
    },
    /// Held until this many callbacks of the same conversation and stream are there, then sent backwards.
    Reorder {
        /// How many, this one included.
        #[serde(default = "pair")]
        window: usize,
    },
    /// Sent later; others overtake it.
    Delay {
        /// Milliseconds.
        ms: u64,
    },
    /// Kept until released by command; others overtake it.
    Hold,
    /// Never sent.
    Drop,
}

fn once() -> u32 {
    1
}

fn pair() -> usize {
    2
}

fn huge() -> usize {
    300 * 1024
}

/// The faults that are still to happen.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    entries: Vec<Fault>,
}

impl Plan {
    pub(crate) fn add(&mut self, faults: impl IntoIterator<Item = Fault>) {
        self.entries.extend(faults);
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    /// What has not been used up.
    pub(crate) fn left(&self) -> Vec<Fault> {
        self.entries.clone()
    }

    pub(crate) fn take_for_request(&mut self, wanted: Operation) -> Option<RequestFault> {
        self.take(|entry| match entry {
            Fault::Request { operation, skip, times, fault } if operation.is_none_or(|it| it == wanted) => {
                use_up(skip, times).then(|| fault.clone())
            }
            Fault::Request { .. } | Fault::Callback { .. } => None,
        })
    }

    pub(crate) fn take_for_callback(&mut self, wanted: &str) -> Option<CallbackFault> {
        self.take(|entry| match entry {
            Fault::Callback { kind, skip, times, fault } if matches_kind(kind, wanted) => {
                use_up(skip, times).then(|| fault.clone())
            }
            Fault::Request { .. } | Fault::Callback { .. } => None,
        })
    }

    /// The first that `strikes`; what is used up is forgotten.
    fn take<F>(&mut self, strikes: impl FnMut(&mut Fault) -> Option<F>) -> Option<F> {
        let taken = self.entries.iter_mut().find_map(strikes);
        self.entries.retain(|entry| match entry {
            Fault::Request { times, .. } | Fault::Callback { times, .. } => *times > 0,
        });
        taken
    }
}

fn use_up(skip: &mut u32, times: &mut u32) -> bool {
    if *skip > 0 {
        *skip -= 1;
        return false;
    }
    if *times == 0 {
        return false;
    }
    *times -= 1;
    true
}

fn matches_kind(pattern: &str, kind: &str) -> bool {
    pattern == "*" || kind.strip_prefix(pattern).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drop_of(kind: &str) -> Fault {
        Fault::Callback { kind: kind.to_owned(), skip: 0, times: 1, fault: CallbackFault::Drop }
    }

    #[test]
    fn a_fault_is_used_up_after_its_times() {
        let mut plan = Plan::default();
        plan.add([Fault::Request {
            operation: Some(Operation::Send),
            skip: 1,
            times: 2,
            fault: RequestFault::MalformedBody,
        }]);
        assert_eq!(plan.take_for_request(Operation::Open), None);
        let hits: Vec<bool> = (0..4).map(|_| plan.take_for_request(Operation::Send).is_some()).collect();
        assert_eq!(hits, [false, true, true, false]);
        assert!(plan.left().is_empty());
    }

    #[test]
    fn kinds_match_whole_words_only() {
        let hit = |pattern: &str, kind: &str| {
            let mut plan = Plan::default();
            plan.add([drop_of(pattern)]);
            plan.take_for_callback(kind).is_some()
        };
        assert!(hit("lifecycle", "lifecycle.acd.end"));
        assert!(hit("lifecycle.acd.end", "lifecycle.acd.end"));
        assert!(hit("*", "webhook.text"));
        assert!(!hit("lifecycle.acd.e", "lifecycle.acd.end"));
        assert!(!hit("webhook", "lifecycle.acd.end"));
    }

    #[test]
    fn the_documented_json_is_read() {
        let json = r#"[
            {"on":"request","operation":"send","times":2,"fault":{"kind":"status","status":429,"retryAfter":1}},
            {"on":"request","operation":"open","fault":{"kind":"hang_after","seconds":3}},
            {"on":"callback","kind":"lifecycle.acd.end","fault":{"kind":"duplicate"}}
        ]"#;
        let faults: Vec<Fault> = serde_json::from_str(json).unwrap();
        assert_eq!(
            faults[0],
            Fault::Request {
                operation: Some(Operation::Send),
                skip: 0,
                times: 2,
                fault: RequestFault::Status { status: 429, retry_after: Some(1), taken: Taken::No }
            }
        );
        assert!(serde_json::from_str::<Vec<Fault>>(r#"[{"on":"request","oops":1}]"#).is_err());
    }
}
