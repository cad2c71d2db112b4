//! What transfers are counted and found by, in the caller's words.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{ReasonCode, Tag, Trigger};

/// The most tags of one transfer.
pub const MAX_TAGS: usize = 10;

/// What a transfer is counted and found by: it stands with the session, because lists and metrics ask for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Labels {
    /// What made the agent hand off.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// Why, as one of the caller's codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason_code: Option<ReasonCode>,
    /// The caller's tags.
    #[serde(default, skip_serializing_if = "Tags::is_empty")]
    pub tags: Tags,
}

impl Labels {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Up to ten tags, each once, in the order of their letters.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "BTreeSet<Tag>", into = "BTreeSet<Tag>")]
pub struct Tags(BTreeSet<Tag>);

/// More tags than a transfer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be at most 10 tags")]
pub struct TooManyTags;

impl Tags {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether it is one of them.
    pub fn contains(&self, tag: &Tag) -> bool {
        self.0.contains(tag)
    }

    /// In the order of their letters.
    pub fn iter(&self) -> impl Iterator<Item = &Tag> {
        self.0.iter()
    }
}

impl TryFrom<BTreeSet<Tag>> for Tags {
    type Error = TooManyTags;

    fn try_from(tags: BTreeSet<Tag>) -> Result<Self, TooManyTags> {
        if tags.len() <= MAX_TAGS { Ok(Self(tags)) } else { Err(TooManyTags) }
    }
}

impl From<Tags> for BTreeSet<Tag> {
    fn from(tags: Tags) -> Self {
        tags.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(texts: &[String]) -> Result<Tags, TooManyTags> {
        texts.iter().map(|text| text.parse::<Tag>().unwrap()).collect::<BTreeSet<_>>().try_into()
    }

    #[test]
    fn a_transfer_has_up_to_ten_tags_each_once() {
        let ten: Vec<_> = (0..10).map(|n| format!("tag-{n}")).collect();
        let twice = [ten.clone(), ten.clone()].concat();
        assert_eq!(tags(&twice).unwrap().iter().count(), 10);
        let eleven: Vec<_> = (0..11).map(|n| format!("tag-{n}")).collect();
        assert_eq!(tags(&eleven), Err(TooManyTags));
    }

    #[test]
    fn labels_read_back_as_they_were_written() {
        let labels = Labels {
            trigger: Some(Trigger::Escalate),
            reason_code: Some("refund.large".parse().unwrap()),
            tags: tags(&["vip".to_owned(), "eu".to_owned()]).unwrap(),
        };
        let text = serde_json::to_string(&labels).unwrap();
        assert_eq!(text, r#"{"trigger":"escalate","reasonCode":"refund.large","tags":["eu","vip"]}"#);
        assert_eq!(serde_json::from_str::<Labels>(&text).unwrap(), labels);
        assert_eq!(serde_json::to_string(&Labels::default()).unwrap(), "{}");
    }
}
