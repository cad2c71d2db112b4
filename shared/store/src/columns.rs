//! Columns of a session that are more than one value, in its row and in the list index.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::AttributeValue;
use chrono::{DateTime, TimeDelta, Utc};
use serde_dynamo::Item;
use transfer_domain::{HandBackState, HandedBack, Labels, Tag};

use crate::StoreError;
use crate::keys::attribute;
use crate::rows::{Row, take_optional, text};

/// What a session is counted and found by.
pub(crate) fn labels(labels: &Labels) -> Row {
    let tags: Vec<_> = labels.tags.iter().map(ToString::to_string).collect();
    let columns = [
        (attribute::TRIGGER, labels.trigger.map(|trigger| text(trigger.as_str()))),
        (attribute::REASON_CODE, labels.reason_code.as_ref().map(|code| text(code.as_str()))),
        // An empty set is none.
        (attribute::TAGS, (!tags.is_empty()).then_some(AttributeValue::Ss(tags))),
    ];
    columns.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

pub(crate) fn take_labels(row: &mut Item) -> Result<Labels, StoreError> {
    let tags: BTreeSet<Tag> = take_optional(row, attribute::TAGS)?.unwrap_or_default();
    Ok(Labels {
        trigger: take_optional(row, attribute::TRIGGER)?,
        reason_code: take_optional(row, attribute::REASON_CODE)?,
        tags: tags.try_into().map_err(|_| StoreError::corrupt(attribute::TAGS))?,
    })
}

/// The newest hand-back, its state first, so that a list can ask for it.
pub(crate) fn handed_back(handed: &HandedBack, created_at: DateTime<Utc>) -> AttributeValue {
    let since_creation = |at: DateTime<Utc>| (at - created_at).num_milliseconds();
    let acknowledged = handed.acknowledged_at.map(|at| format!("#{}", since_creation(at))).unwrap_or_default();
    let (state, told) = (handed.state(), since_creation(handed.told_at));
    text(format!("{state}#{}#{told}{acknowledged}", handed.version))
}

/// What the column begins with.
pub(crate) fn beginning_of(state: HandBackState) -> String {
    format!("{state}#")
}

pub(crate) fn take_handed_back(row: &mut Item, created_at: DateTime<Utc>) -> Result<Option<HandedBack>, StoreError> {
    let Some(told): Option<String> = take_optional(row, attribute::HAND_BACK)? else { return Ok(None) };
    read(&told, created_at).map(Some).ok_or(StoreError::corrupt(attribute::HAND_BACK))
}

fn read(column: &str, created_at: DateTime<Utc>) -> Option<HandedBack> {
    let moment = |text: &str| created_at.checked_add_signed(TimeDelta::try_milliseconds(text.parse().ok()?)?);
    let mut parts = column.split('#').skip(1);
    let version = parts.next()?.parse().ok()?;
    let told_at = moment(parts.next()?)?;
    let acknowledged_at = match parts.next() {
        Some(at) => Some(moment(at)?),
        None => None,
    };
    Some(HandedBack { version, told_at, acknowledged_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn there_and_back(row: Row) -> Item {
        Item::from(row)
    }

    #[test]
    fn a_hand_back_reads_back_as_it_was_kept() {
        let at = DateTime::from_timestamp_millis(1_795_341_600_123).unwrap();
        for acknowledged_at in [None, Some(at)] {
            let handed = HandedBack { version: 12, told_at: at, acknowledged_at };
            let column = handed_back(&handed, at - TimeDelta::seconds(7));
            let AttributeValue::S(kept) = &column else { panic!("{column:?}") };
            assert!(kept.starts_with(&beginning_of(handed.state())), "{kept}");
            let mut row = there_and_back(Row::from([(attribute::HAND_BACK.to_owned(), column)]));
            assert_eq!(take_handed_back(&mut row, at - TimeDelta::seconds(7)).unwrap(), Some(handed));
        }
        for wrong in ["", "open", "open#1", "open#x#1", "open#1#x", "acknowledged#1#2#x", "open#1#9223372036854775807"]
        {
            let mut row = there_and_back(Row::from([(attribute::HAND_BACK.to_owned(), text(wrong))]));
            assert!(take_handed_back(&mut row, at).is_err(), "{wrong}");
        }
        assert_eq!(take_handed_back(&mut Item::default(), at).unwrap(), None);
    }

    #[test]
    fn labels_read_back_as_they_were_kept() {
        let tags: BTreeSet<Tag> = ["vip", "eu"].map(|tag| tag.parse().unwrap()).into();
        let some = Labels {
            trigger: Some(transfer_domain::Trigger::Escalate),
            reason_code: Some("refund".parse().unwrap()),
            tags: tags.try_into().unwrap(),
        };
        for kept in [some, Labels::default()] {
            assert_eq!(take_labels(&mut there_and_back(labels(&kept))).unwrap(), kept);
        }
        let eleven = AttributeValue::Ss((0..11).map(|n| format!("tag-{n}")).collect());
        assert!(take_labels(&mut there_and_back(Row::from([(attribute::TAGS.to_owned(), eleven)]))).is_err());
    }
}
