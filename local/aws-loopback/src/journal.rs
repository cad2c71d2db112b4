//! What must survive the end of the process: queues, undeleted messages, rules that were made over the wire, and secrets.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A durable map from keys to JSON values; the services keep their whole state in it.
pub trait Journal: Send + Sync {
    /// Everything committed and not removed.
    fn load(&self) -> Result<BTreeMap<String, Value>, JournalError>;

    /// Makes all changes durable, or none of them; after `Ok` they survive a kill of the process.
    fn commit(&self, changes: &[Change]) -> Result<(), JournalError>;
}

/// One step of a commit. Its `Debug` shows the key only: values hold secrets and bodies.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Change {
    /// The key has this value from now on.
    Put {
        /// Slash separated, starting with the service.
        key: String,
        /// The whole new value.
        value: Value,
    },
    /// The key is gone; removing an absent key is harmless.
    Remove {
        /// The key as it was put.
        key: String,
    },
}

impl Change {
    /// A `Put` of anything that serialises.
    pub(crate) fn put(key: String, value: &impl Serialize) -> Self {
        // None of our states is null, so a commit of one that could not be written is refused.
        let value = serde_json::to_value(value).unwrap_or(Value::Null);
        Self::Put { key, value }
    }
}

impl fmt::Debug for Change {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Put { key, .. } => formatter.debug_struct("Put").field("key", key).finish_non_exhaustive(),
            Self::Remove { key } => formatter.debug_struct("Remove").field("key", key).finish(),
        }
    }
}

/// Why state could not be read or written.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// It cannot be read or written.
    #[error("the journal cannot be accessed")]
    Io(#[from] std::io::Error),
    /// A record cannot be understood.
    #[error("the journal's record {record} is damaged")]
    Damaged {
        /// Its key.
        record: String,
    },
}

/// Reads one value back into its type.
pub(crate) fn decode<T: DeserializeOwned>(key: &str, value: &Value) -> Result<T, JournalError> {
    // The error of serde would quote the value.
    T::deserialize(value).map_err(|_| JournalError::Damaged { record: key.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_a_change_hides_the_value() {
        assert!(!format!("{:?}", Change::put("a".to_owned(), &"hidden")).contains("hidden"));
    }
}
