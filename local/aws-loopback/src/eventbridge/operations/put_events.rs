//! `PutEvents` and `PutPartnerEvents`.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::error::AwsError;
use crate::eventbridge::entry::Entry;
use crate::eventbridge::{EventBridge, MAX_REQUEST_BYTES, refusal};

/// Source names AWS keeps for its own services and partners.
const RESERVED_SOURCE: &str = "aws.";
const PARTNER_SOURCE: &str = "aws.partner/";
const MAX_ENTRIES: usize = 10;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct PutEntries {
    #[serde(default)]
    entries: Vec<Entry>,
}

/// Who sends: decides the bus and which sources are allowed.
#[derive(Clone, Copy)]
pub(super) enum Sender {
    Account,
    Partner,
}

pub(super) fn put_events(bridge: &EventBridge, sender: Sender, input: PutEntries) -> Result<Value, AwsError> {
    let entries = input.entries;
    check_request(&entries)?;
    bridge.faults().check_batch(entries.iter().map(Entry::detail))?;
    let results = put(bridge, sender, entries)?;
    let failed = results.iter().filter(|result| result.is_err()).count();
    let entries: Vec<Value> = results.into_iter().map(describe).collect();
    Ok(json!({ "FailedEntryCount": failed, "Entries": entries }))
}

fn check_request(entries: &[Entry]) -> Result<(), AwsError> {
    if entries.is_empty() || entries.len() > MAX_ENTRIES {
        let bound = if entries.is_empty() { "greater than or equal to 1" } else { "less than or equal to 10" };
        return Err(refusal::constraint("entries", &format!("length {bound}")));
    }
    if entries.iter().map(Entry::size).sum::<usize>() > MAX_REQUEST_BYTES {
        return Err(refusal::validation("Total size of the entries in the request is over the limit."));
    }
    Ok(())
}

/// One result an entry, in the order of the entries.
fn put(bridge: &EventBridge, sender: Sender, entries: Vec<Entry>) -> Result<Vec<Result<String, AwsError>>, AwsError> {
    let mut accepted = Vec::new();
    let mut results = Vec::new();
    for entry in entries {
        let result = accept(bridge, sender, entry).map(|(bus, id, event)| {
            accepted.push((bus, event));
            id
        });
        results.push(result);
    }
    bridge.publish(accepted)?;
    Ok(results)
}

fn accept(bridge: &EventBridge, sender: Sender, entry: Entry) -> Result<(String, String, Value), AwsError> {
    bridge.faults().check_entry()?;
    bridge.faults().check_content(entry.detail())?;
    let source = entry.source()?;
    let (bus, allowed) = match sender {
        Sender::Account => (entry.bus(), !source.starts_with(RESERVED_SOURCE)),
        Sender::Partner => (source, source.starts_with(PARTNER_SOURCE)),
    };
    if !allowed {
        return Err(AwsError::sender("NotAuthorizedForSource", "Not authorized for the source."));
    }
    bridge.check_bus(bus)?;
    let bus = bus.to_owned();
    let id = bridge.core.ids.uuid_of("event").to_string();
    let event = entry.into_event(&id, bridge.core.now())?;
    Ok((bus, id, event))
}

fn describe(result: Result<String, AwsError>) -> Value {
    match result {
        Ok(id) => json!({ "EventId": id }),
        Err(error) => json!({ "ErrorCode": error.code(), "ErrorMessage": error.message() }),
    }
}
