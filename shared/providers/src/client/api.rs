//! An interface of a provider: all that its calls have in common.

use url::Url;

use super::{Answer, Call, Failures, Proof};
use crate::outbound::{base, below};
use crate::{CallError, Connection};

/// An interface of a provider: where it is, as whom it is called, how often at most, and what its failures mean.
pub struct Api<'a> {
    /// What makes the calls.
    pub connection: Connection<'a>,
    /// Where it is.
    pub base: Url,
    /// JSON pointer of the setting that says so.
    field: &'static str,
    proof: Proof<'a>,
    per_minute: Option<u32>,
    failures: &'static Failures,
}

impl<'a> Api<'a> {
    /// The interface at an address, and the JSON pointer of the setting that it stands in.
    pub fn new(
        connection: Connection<'a>,
        (address, field): (&str, &'static str),
        proof: Proof<'a>,
    ) -> Result<Self, CallError> {
        let base = base(address, field)?;
        Ok(Self { connection, base, field, proof, per_minute: None, failures: Failures::NONE })
    }

    /// One that takes at most so many calls of an integration in a minute.
    #[must_use]
    pub fn limited_to(self, per_minute: u32) -> Self {
        Self { per_minute: Some(per_minute), ..self }
    }

    /// One whose failures have meanings of their own.
    #[must_use]
    pub fn with_failures(self, failures: &'static Failures) -> Self {
        Self { failures, ..self }
    }

    /// An address below its own, segment by segment.
    pub fn url(&self, path: &[&str]) -> Result<Url, CallError> {
        below(&self.base, path, self.field)
    }

    /// Gets what proves its calls, where that is to be got.
    pub async fn have_proof(&self) -> Result<(), CallError> {
        self.connection.have_proof(&self.proof, &self.base).await
    }

    /// Makes a call, whatever it is answered with.
    pub async fn exchange(&self, call: Call) -> Result<Answer, CallError> {
        let call = match self.per_minute {
            Some(per_minute) => call.limited_to(per_minute),
            None => call,
        };
        self.connection.make_as(&self.proof, call).await
    }

    /// Makes a call: the answer, if it is a success, else what it allows.
    pub async fn call(&self, call: Call) -> Result<Answer, CallError> {
        self.judge(self.exchange(call).await?)
    }

    /// The answer, if it is a success; else what it allows.
    pub fn judge(&self, answer: Answer) -> Result<Answer, CallError> {
        self.failures.judge(answer)
    }
}
