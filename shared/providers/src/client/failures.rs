//! What failures mean: what holds for every status, and what a provider's own codes say beyond it, as tables.

use http::StatusCode;
use serde_json::Value;
use transfer_domain::EndReason;

use super::Answer;
use crate::CallError;
use crate::reading;

/// What a provider says of its failures beyond their status.
#[derive(Debug, Clone, Copy)]
pub struct Failures {
    /// JSON pointers of its code: the first that is there counts.
    pub code: &'static [&'static str],
    /// JSON pointer of its key to the case for whoever asks its support, which is told beside the code.
    pub case: Option<&'static str>,
    /// What they mean: the first line that applies counts; where none does, the status ([`Meaning::of`]).
    pub meanings: &'static [&'static [(Failure, Meaning)]],
}

/// Some failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// Those with a status.
    Status(u16),
    /// Those with one of the provider's codes, whatever the status.
    Code(&'static [&'static str]),
    /// Those with a status and a code.
    StatusAndCode(u16, &'static str),
    /// Those whose `message` contains words, in capitals or not.
    Message(&'static str),
}

/// What is known when a call failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// It had no effect and may be made again, when the provider says so.
    NotSent,
    /// Nobody knows whether it was taken.
    Unknown,
    /// There is no such conversation any more.
    Gone,
    /// It is refused for good; what a session ends with whose opening it was.
    Refused(EndReason),
    /// Nobody can call it with these credentials.
    Credentials,
    /// What the integration or the provider's own configuration says does not allow it.
    Misconfigured,
}

impl Failures {
    /// Of a provider of which nothing but the status is known.
    pub const NONE: &'static Self = &Self { code: &[], case: None, meanings: &[] };

    /// The answer, if it is a success; else what it allows. The provider's words are never told: they may quote somebody.
    pub fn judge(&self, answer: Answer) -> Result<Answer, CallError> {
        if answer.status.is_success() {
            return Ok(answer);
        }
        let told = body(&answer);
        let case = self.case.and_then(|pointer| code_at(&told, pointer));
        let code = self.code_in(&told);
        Err(self.meaning(answer.status, code.as_deref(), &told).error(&answer, code.into_iter().chain(case)))
    }

    /// As [`Self::judge`], for a code that stands where no pointer leads.
    pub fn judge_by(&self, code: Option<&str>, answer: Answer) -> Result<Answer, CallError> {
        if answer.status.is_success() {
            return Ok(answer);
        }
        let meaning = self.meaning(answer.status, code, &body(&answer));
        Err(meaning.error(&answer, code.map(str::to_owned)))
    }

    /// The provider's code in an answer that is no success.
    pub fn code(&self, answer: &Answer) -> Option<String> {
        if answer.status.is_success() { None } else { self.code_in(&body(answer)) }
    }

    fn code_in(&self, told: &Value) -> Option<String> {
        self.code.iter().find_map(|pointer| code_at(told, pointer))
    }

    fn meaning(&self, status: StatusCode, code: Option<&str>, told: &Value) -> Meaning {
        let applies = |failure: &Failure| match failure {
            Failure::Status(one) => status == *one,
            Failure::Code(some) => code.is_some_and(|code| some.contains(&code)),
            Failure::StatusAndCode(one, other) => status == *one && code == Some(*other),
            Failure::Message(words) => {
                reading::text(told, "/message").is_some_and(|said| said.to_ascii_lowercase().contains(words))
            }
        };
        let mut lines = self.meanings.iter().copied().flatten();
        lines.find(|(failure, _)| applies(failure)).map_or_else(|| Meaning::of(status), |(_, meaning)| *meaning)
    }
}

impl Meaning {
    /// What a status other than success means at every provider.
    pub fn of(status: StatusCode) -> Self {
        match status.as_u16() {
            429 => Self::NotSent,
            408 | 500..=599 => Self::Unknown,
            404 | 410 => Self::Gone,
            401 => Self::Credentials,
            _ => Self::Refused(EndReason::ProviderRejected),
        }
    }

    /// The failure, told by its status and codes.
    pub(super) fn error(self, answer: &Answer, codes: impl IntoIterator<Item = String>) -> CallError {
        let words: Vec<String> = std::iter::once(answer.status.as_u16().to_string()).chain(codes).collect();
        let what = words.join(" ");
        match self {
            Self::NotSent => CallError::NotSent { what, retry_after: answer.retry_after },
            Self::Unknown => CallError::Ambiguous { what },
            Self::Gone => CallError::Gone { what },
            Self::Refused(reason) => CallError::Refused { reason, what },
            Self::Credentials => CallError::refused_credentials("provider", &what),
            Self::Misconfigured => CallError::Misconfigured { what },
        }
    }
}

fn body(answer: &Answer) -> Value {
    // A failure may have a page for its body, or none.
    serde_json::from_slice(&answer.body).unwrap_or(Value::Null)
}

/// A code is a word or a number.
fn code_at(told: &Value, pointer: &str) -> Option<String> {
    match told.pointer(pointer)? {
        Value::String(word) => reading::code(Some(word)),
        Value::Number(number) => reading::code(Some(&number.to_string())),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const TABLE: Failures = Failures {
        code: &["/code", "/error"],
        case: Some("/case"),
        meanings: &[
            &[(Failure::StatusAndCode(435, "5001"), Meaning::NotSent), (Failure::Status(435), Meaning::Unknown)],
            &[(Failure::Code(&["7"]), Meaning::Gone), (Failure::Message("too many"), Meaning::NotSent)],
        ],
    };

    fn told(status: u16, body: &Value) -> String {
        let status = StatusCode::from_u16(status).unwrap();
        let answer = Answer { status, retry_after: None, body: body.to_string().into_bytes() };
        TABLE.judge(answer).unwrap_err().to_string()
    }

    #[test]
    fn the_first_line_that_applies_counts_and_else_the_status() {
        for (status, body, expected) in [
            (435, json!({ "code": 5001 }), "not sent: 435 5001"),
            (435, json!({ "code": "5002" }), "outcome unknown: 435 5002"),
            (400, json!({ "error": "7", "case": "c-1" }), "the conversation is gone: 400 7 c-1"),
            (400, json!({ "message": "Too MANY calls" }), "not sent: 400"),
            (400, json!({ "code": "no word", "error": "e.1" }), "refused: 400 e.1"),
            (400, json!({ "code": "", "error": "e.1" }), "refused: 400 e.1"),
            (400, json!({ "code": null, "message": "for user@example.com" }), "refused: 400"),
            (401, json!("a page"), "misconfigured: the provider refuses the credentials: 401"),
            (503, json!([]), "outcome unknown: 503"),
        ] {
            assert_eq!(told(status, &body), expected);
        }
    }
}
