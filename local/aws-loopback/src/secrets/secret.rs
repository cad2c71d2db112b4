//! One secret: its versions and which of them carries which stage.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::refusal;
use crate::error::AwsError;

pub(crate) const CURRENT: &str = "AWSCURRENT";
pub(crate) const PREVIOUS: &str = "AWSPREVIOUS";

/// How many versions there are before deprecated ones go.
const MOST_VERSIONS: usize = 100;

/// Has no `Debug`: it holds values.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    #[serde(default)]
    pub(crate) key: Option<String>,
    pub(crate) created_at: DateTime<Utc>,
    pub(crate) changed_at: DateTime<Utc>,
    /// When it is gone for good, once it is marked for deletion.
    pub(crate) deleted_at: Option<DateTime<Utc>>,
    pub(crate) versions: Vec<Version>,
}

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) value: String,
    pub(crate) stages: BTreeSet<String>,
    pub(crate) created_at: DateTime<Utc>,
}

impl Secret {
    /// Adds a version under `stages`, which leave the versions that carried them.
    ///
    /// The id again with the same value changes nothing, with another value it is refused.
    pub(crate) fn put(
        &mut self,
        id: String,
        value: String,
        mut stages: BTreeSet<String>,
        now: DateTime<Utc>,
    ) -> Result<(), AwsError> {
        if let Some(existing) = self.versions.iter().find(|version| version.id == id) {
            if existing.value == value {
                return Ok(());
            }
            return Err(refusal::exists("A version with this token exists and its value is a different one."));
        }
        if self.versions.is_empty() {
            stages.insert(CURRENT.to_owned());
        }
        if stages.contains(CURRENT) {
            self.retire_current();
        }
        for version in &mut self.versions {
            version.stages.retain(|stage| !stages.contains(stage));
        }
        self.versions.push(Version { id, value, stages, created_at: now });
        self.let_deprecated_go();
        self.changed_at = now;
        Ok(())
    }

    /// The version asked for by id, stage or both; the current one by default.
    pub(crate) fn find(&self, id: Option<&str>, stage: Option<&str>) -> Option<&Version> {
        let stage = stage.or(id.is_none().then_some(CURRENT));
        self.versions.iter().find(|version| {
            id.is_none_or(|id| version.id == id) && stage.is_none_or(|stage| version.stages.contains(stage))
        })
    }

    /// Marks for deletion after some days.
    pub(crate) fn mark_deleted(&mut self, days: u32, now: DateTime<Utc>) -> DateTime<Utc> {
        let time = now.checked_add_signed(TimeDelta::days(days.into())).unwrap_or(DateTime::<Utc>::MAX_UTC);
        *self.deleted_at.insert(time)
    }

    /// Versions without a stage are deprecated: they can still be read by their id, until there are too many.
    fn let_deprecated_go(&mut self) {
        let mut spare = self.versions.len().saturating_sub(MOST_VERSIONS);
        self.versions.retain(|version| {
            let goes = spare > 0 && version.stages.is_empty();
            spare -= usize::from(goes);
            !goes
        });
    }

    fn retire_current(&mut self) {
        for version in &mut self.versions {
            version.stages.remove(PREVIOUS);
            if version.stages.remove(CURRENT) {
                version.stages.insert(PREVIOUS.to_owned());
            }
        }
    }
}
