//! The hand-back: what the AI agent needs to go on after a transfer, and whether its runtime has it.

use std::fmt;

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use serde::{Deserialize, Serialize, Serializer};
use serde_json::{Map, Value};

use crate::{
    Change, EndReason, EndedBy, Facts, HandBackState, MessageCounts, Next, Outcome, ProviderFacts, Representative,
    Session, SessionId, TransferRequest, Transition,
};

/// The largest resume token, in bytes.
pub const MAX_RESUME_TOKEN_BYTES: usize = 4096;

/// What the caller wants back at the end, to go on where it was: up to 4 KB of any text. It is never looked into, and
/// never reaches a log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ResumeToken(String);

/// A text is no resume token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be 1 to 4096 bytes")]
pub struct InvalidResumeToken;

impl ResumeToken {
    /// As it was given.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ResumeToken {
    type Error = InvalidResumeToken;

    fn try_from(text: String) -> Result<Self, InvalidResumeToken> {
        let fits = (1..=MAX_RESUME_TOKEN_BYTES).contains(&text.len());
        if fits { Ok(Self(text)) } else { Err(InvalidResumeToken) }
    }
}

impl std::str::FromStr for ResumeToken {
    type Err = InvalidResumeToken;

    fn from_str(text: &str) -> Result<Self, InvalidResumeToken> {
        Self::try_from(text.to_owned())
    }
}

impl From<ResumeToken> for String {
    fn from(token: ResumeToken) -> Self {
        token.0
    }
}

impl fmt::Debug for ResumeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResumeToken(…)")
    }
}

/// The newest hand-back of a session, and whether the runtime has acknowledged it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HandedBack {
    /// The sequence of the change that told it.
    pub version: u64,
    /// When it was told, by our clock.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub told_at: DateTime<Utc>,
    /// When the runtime acknowledged it.
    #[serde(default, with = "chrono::serde::ts_milliseconds_option", skip_serializing_if = "Option::is_none")]
    pub acknowledged_at: Option<DateTime<Utc>>,
}

impl HandedBack {
    /// Whether somebody must still take it.
    pub const fn state(&self) -> HandBackState {
        match self.acknowledged_at {
            None => HandBackState::Open,
            Some(_) => HandBackState::Acknowledged,
        }
    }
}

/// What the AI agent needs to go on: one object, in the session's record and in the events of its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct HandBack {
    /// Whether the runtime has acknowledged this version.
    pub state: HandBackState,
    /// Rises when something that matters changes: what the acknowledgment names.
    pub version: u64,
    /// When the runtime acknowledged it.
    #[serde(serialize_with = "moment")]
    #[cfg_attr(feature = "openapi", schema(required))]
    pub acknowledged_at: Option<DateTime<Utc>>,
    /// What became of the transfer.
    pub outcome: Outcome,
    /// Why it ended.
    pub reason: EndReason,
    /// Who ended it.
    pub decided_by: EndedBy,
    /// The human who was there last; null if nobody came.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub served_by: Option<Representative>,
    /// How many messages there were.
    pub message_counts: MessageCounts,
    /// From the creation to the first representative, else to the end.
    #[cfg_attr(feature = "openapi", schema(minimum = 0))]
    pub waiting_seconds: i64,
    /// From the first representative to the last one's leaving, else to the end; null if nobody came.
    #[cfg_attr(feature = "openapi", schema(required, minimum = 0))]
    pub talking_seconds: Option<i64>,
    /// From the first representative to the first message of one; null if there was none.
    #[cfg_attr(feature = "openapi", schema(required, minimum = 0))]
    pub first_reply_seconds: Option<i64>,
    /// How the contact rated the service, where the contact centre tells.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub survey: Option<Survey>,
    /// What the representative noted, where the contact centre tells.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub wrap_up: Option<WrapUp>,
    /// The path of the messages in the API.
    pub transcript: String,
    /// What the caller gave at the creation.
    #[cfg_attr(feature = "openapi", schema(required, value_type = Option<String>))]
    pub resume_token: Option<ResumeToken>,
    /// What the AI agent does now: by the fallback plan, else by the project's settings.
    pub next: Next,
    /// The session that follows.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub successor_session_id: Option<SessionId>,
}

/// How the contact rated the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Survey {
    /// What was given.
    pub rating: i64,
    /// The best that could be given.
    pub scale_max: i64,
}

/// What the representative noted at the end of the work.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", default)]
pub struct WrapUp {
    /// The contact centre's code for what came of it: a disposition.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub code: Option<String>,
    /// The representative's own words.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub note: Option<String>,
    /// What the contact was promised.
    #[cfg_attr(feature = "openapi", schema(required))]
    pub promised: Option<String>,
}

/// What a hand-back tells that does not stand in the session's row.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Aftermath {
    /// How the contact rated the service.
    pub survey: Option<Survey>,
    /// What the representative noted.
    pub wrap_up: Option<WrapUp>,
    /// What the caller gave at the creation.
    pub resume_token: Option<ResumeToken>,
}

/// The facts by which a survey and a wrap-up are kept and shown. Each part of a wrap-up is one of its own: a later event that
/// tells the code alone takes no note back.
const SURVEY: &str = "survey";
const CODE: &str = "wrapUpCode";
const NOTE: &str = "wrapUpNote";
const PROMISED: &str = "promised";

impl Survey {
    pub(crate) fn facts(self) -> Map<String, Value> {
        serde_json::to_value(self).ok().map(|value| (SURVEY.to_owned(), value)).into_iter().collect()
    }
}

impl WrapUp {
    pub(crate) fn facts(&self) -> Map<String, Value> {
        let parts = [(CODE, &self.code), (NOTE, &self.note), (PROMISED, &self.promised)];
        parts.into_iter().filter_map(|(name, part)| Some((name.to_owned(), part.clone()?.into()))).collect()
    }

    fn told(facts: &Facts) -> Option<Self> {
        let part = |name| facts.get(name).and_then(Value::as_str).map(str::to_owned);
        let told = Self { code: part(CODE), note: part(NOTE), promised: part(PROMISED) };
        (told != Self::default()).then_some(told)
    }
}

impl Aftermath {
    /// Of what the provider told and the transfer was requested with.
    pub fn of(facts: &ProviderFacts, request: &TransferRequest) -> Self {
        Self { resume_token: request.resume_token.clone(), ..Self::told(facts) }
    }

    fn told(facts: &ProviderFacts) -> Self {
        let survey = facts.data.get(SURVEY).and_then(|fact| Survey::deserialize(fact).ok());
        Self { survey, wrap_up: WrapUp::told(&facts.data), resume_token: None }
    }
}

impl HandBack {
    /// Of a session as it stands; `None` while it lives.
    pub fn of(session: &Session, aftermath: &Aftermath) -> Option<Self> {
        let (end, handed, times) = (session.end()?, session.hand_back?, session.times()?);
        let Aftermath { survey, wrap_up, resume_token } = aftermath.clone();
        Some(Self {
            state: handed.state(),
            version: handed.version,
            acknowledged_at: handed.acknowledged_at,
            outcome: session.outcome()?,
            reason: end.reason,
            decided_by: end.by,
            served_by: session.served_by(),
            message_counts: session.counts,
            waiting_seconds: times.waiting.num_seconds(),
            talking_seconds: times.talking.map(|time| time.num_seconds()),
            first_reply_seconds: times.first_reply.map(|time| time.num_seconds()),
            survey,
            wrap_up,
            transcript: format!("/v1/projects/{}/transfers/{}/messages", session.project_id, session.session_id),
            resume_token,
            next: session.next(),
            successor_session_id: session.successor.clone(),
        })
    }
}

/// What of a hand-back makes a new version when it changes: counts and times alone do not.
#[derive(PartialEq)]
pub(crate) struct HandBackNews {
    outcome: Option<Outcome>,
    served_by: Option<Representative>,
    aftermath: Aftermath,
}

impl HandBackNews {
    pub(crate) fn of(session: &Session, facts: &ProviderFacts) -> Self {
        Self { outcome: session.outcome(), served_by: session.served_by(), aftermath: Aftermath::told(facts) }
    }
}

impl Transition {
    /// Tells the hand-back once more, as it is known now.
    pub(crate) fn hand_back_again(&mut self, now: DateTime<Utc>) {
        let version = self.change(now, Change::HandedBack);
        self.session.hand_back = Some(HandedBack { version, told_at: now, acknowledged_at: None });
    }
}

/// Why a hand-back cannot be acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAcknowledged {
    /// The session goes on.
    #[error("the transfer has not ended")]
    NotEnded,
    /// It is not the newest.
    #[error("the newest hand-back has version {newest}")]
    NotTheNewest {
        /// Which is.
        newest: u64,
    },
}

/// Records that the runtime has the hand-back of a version; `None` if that is known.
pub fn acknowledge(session: &Session, version: u64, now: DateTime<Utc>) -> Result<Option<Transition>, NotAcknowledged> {
    let handed = session.hand_back.ok_or(NotAcknowledged::NotEnded)?;
    if version != handed.version {
        return Err(NotAcknowledged::NotTheNewest { newest: handed.version });
    }
    if handed.acknowledged_at.is_some() {
        return Ok(None);
    }
    let mut transition = Transition::of(session);
    transition.session.hand_back = Some(HandedBack { acknowledged_at: Some(now), ..handed });
    transition.touch();
    Ok(Some(transition.finish(now)))
}

impl Session {
    /// How long after the provider's end the runtime acknowledged the hand-back.
    pub fn handed_back_within(&self) -> Option<TimeDelta> {
        self.hand_back?.acknowledged_at.zip(self.end()).map(|(at, end)| at - end.at)
    }
}

#[expect(clippy::ref_option, reason = "serde calls it")]
fn moment<S: Serializer>(at: &Option<DateTime<Utc>>, to: S) -> Result<S::Ok, S::Error> {
    at.map(|at| at.to_rfc3339_opts(SecondsFormat::Millis, true)).serialize(to)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_resume_token_is_any_text_of_up_to_four_kilobytes_and_is_never_shown_by_debug() {
        let largest = "é".repeat(MAX_RESUME_TOKEN_BYTES / 2);
        assert_eq!(largest.parse::<ResumeToken>().unwrap().as_str(), largest);
        assert_eq!((largest + "x").parse::<ResumeToken>(), Err(InvalidResumeToken));
        assert_eq!("".parse::<ResumeToken>(), Err(InvalidResumeToken));
        assert!(!format!("{:?}", "secret\n\u{0}".parse::<ResumeToken>().unwrap()).contains("secret"));
    }

    #[test]
    fn what_a_hand_back_cannot_read_of_the_facts_is_not_in_it() {
        let mut facts = ProviderFacts::default();
        facts.data.extend([(SURVEY.to_owned(), "good".into()), (CODE.to_owned(), 7.into())]);
        assert_eq!(Aftermath::of(&facts, &TransferRequest::default()), Aftermath::default());
        let mut facts = ProviderFacts::default();
        let wrap_up = WrapUp { code: Some("refund".to_owned()), ..WrapUp::default() };
        facts.data.extend(wrap_up.facts());
        facts.data.extend(Survey { rating: 4, scale_max: 5 }.facts());
        let told = Aftermath::told(&facts);
        assert_eq!((told.survey, told.wrap_up), (Some(Survey { rating: 4, scale_max: 5 }), Some(wrap_up)));
    }
}
