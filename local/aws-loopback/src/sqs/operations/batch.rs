//! What batch operations have in common: checks of the whole, results by entry.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use crate::error::AwsError;
use crate::sqs::refusal;

const MAX_ENTRIES: usize = 10;
const MAX_ID_LENGTH: usize = 80;

/// Refuses the batch as a whole for its number of entries or their ids.
pub(super) fn check_ids<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> Result<(), AwsError> {
    match ids.len() {
        0 => return Err(refusal::empty_batch()),
        1..=MAX_ENTRIES => {}
        count => return Err(refusal::too_many_entries(count)),
    }
    let allowed = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    let mut seen = BTreeSet::new();
    for id in ids {
        if !(1..=MAX_ID_LENGTH).contains(&id.len()) || !id.chars().all(allowed) {
            return Err(refusal::entry_id());
        }
        if !seen.insert(id) {
            return Err(refusal::repeated_entry_id(id));
        }
    }
    Ok(())
}

/// An entry's id and what became of it: the fields of its success, or the refusal.
pub(super) type EntryResult = (String, Result<Map<String, Value>, AwsError>);

/// The answer of a batch: what succeeded with its fields, what failed with its reason.
pub(super) fn answer(results: Vec<EntryResult>) -> Value {
    let mut successful = Vec::new();
    let mut failed = Vec::new();
    for (id, result) in results {
        match result {
            Ok(mut fields) => {
                fields.insert("Id".to_owned(), id.into());
                successful.push(Value::Object(fields));
            }
            Err(error) => failed.push(json!({
                "Id": id,
                "SenderFault": error.is_senders(),
                "Code": error.code(),
                "Message": error.message(),
            })),
        }
    }
    json!({ "Successful": successful, "Failed": failed })
}
