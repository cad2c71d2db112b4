//! What each provider's callbacks look like in its own documented form: a sample of every part that its adapter reads,
//! texts by whom and however they are written, and who comes and goes.

pub(super) mod five9;
pub(super) mod genesys;
pub(super) mod salesforce;
pub(super) mod servicenow;
pub(super) mod smartassist;

use serde_json::{Value, json};
use transfer_domain::PartKind;

use super::{Tell, Transfer};

/// How a provider's callbacks say things.
#[derive(Debug, Clone, Copy)]
pub struct Speech {
    /// The callback with this content, written by the representative.
    pub carries: fn(&Transfer<'_>, &Value) -> Vec<Tell>,
    /// One content for each kind of part that reaches the contact.
    pub samples: &'static [Sample],
    /// The callback with a text.
    pub says: fn(&Transfer<'_>, &Line<'_>) -> Vec<Tell>,
    /// The callback that tells that somebody came, or went; where nothing tells that, none.
    pub moves: fn(&Transfer<'_>, Person<'_>, Move) -> Vec<Tell>,
}

/// A content in the provider's form, and what is read of it.
#[derive(Debug, Clone, Copy)]
pub struct Sample {
    /// Which kind of part it shows.
    pub kind: PartKind,
    /// The content.
    pub content: fn() -> Value,
    /// The part, where it is read as what it is.
    pub part: fn() -> Value,
    /// All that the text says.
    pub text: &'static str,
}

/// A text, and how it is written.
#[derive(Debug, Clone, Copy)]
pub struct Line<'a> {
    /// Who says it.
    pub by: Speaker,
    /// What is said.
    pub text: &'a str,
    /// How its callback is written.
    pub form: Form,
}

/// Who says something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker {
    /// A representative.
    Human,
    /// The contact centre's bot.
    Bot,
}

/// How a callback is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// As documented, under this number.
    Usual(usize),
    /// Without anything that would tell it from another one of the same words.
    Nameless,
    /// With `null` for each list that it may have.
    NullList,
    /// With this number where an id is a text.
    NumberId(usize),
    /// With blanks for the representative's name.
    BlankName,
    /// With a broken item before the good one.
    BrokenItem,
}

/// Somebody at the contact centre.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// The provider's id.
    pub id: &'a str,
    /// The name.
    pub name: &'a str,
}

/// What somebody does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Comes into the conversation.
    Comes,
    /// Goes, without handing it on.
    Goes,
}

impl Form {
    /// The id of a text: a text of this beginning, a number, or none.
    fn id(self, transfer: &Transfer<'_>) -> Option<Value> {
        match self {
            Self::Usual(number) => Some(json!(format!("line-{number}"))),
            Self::NumberId(number) => Some(json!(number)),
            Self::Nameless => None,
            Self::NullList | Self::BlankName | Self::BrokenItem => {
                Some(json!(format!("line-{}", transfer.bench().next())))
            }
        }
    }
}

/// The representative who is connected, or the first one of every simulator.
fn human(transfer: &Transfer<'_>) -> (String, String) {
    let known = transfer.there().representative.map(|who| (who.id, who.name));
    known.unwrap_or_else(|| ("005xx0000012345".to_owned(), "Representative One".to_owned()))
}

/// A body with further fields.
fn with(mut body: Value, fields: &Value) -> Value {
    body.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    body
}

/// The simulated contact centre's time, for whatever is written now.
fn now(transfer: &Transfer<'_>) -> String {
    let at = transfer.bench().desk().timer().stamp_ms();
    chrono::DateTime::from_timestamp_millis(at).unwrap().to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// Of a content that is carried as text there is no part.
fn as_text() -> Value {
    Value::Null
}
