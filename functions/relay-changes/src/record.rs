//! What a record of the stream says.

use aws_lambda_events::dynamodb::EventRecord;
use transfer_app::relay::{Happened, Record};
use transfer_domain::HealthState;
use transfer_store::{StoreError, endpoint_from_image, health_from_image, session_from_image, settled_from_image};

/// Who removes what the table's TTL says is over.
const OF_TTL: &str = "dynamodb.amazonaws.com";

/// A record as it is relayed.
pub(crate) fn read(record: &EventRecord) -> Record {
    Record {
        sequence: record.change.sequence_number.clone().unwrap_or_default(),
        written_at: record.change.approximate_creation_date_time,
        happened: happened(record).map_err(|error| error.to_string()),
    }
}

/// What happened to a session or a message of it; nothing, if the record is of another row.
pub fn happened(record: &EventRecord) -> Result<Option<Happened>, StoreError> {
    let images = &record.change;
    if record.event_name == "REMOVE" {
        let last = session_from_image(images.old_image.clone())?.map(Box::new);
        let at = images.approximate_creation_date_time;
        let by_ttl = record.user_identity.as_ref().is_some_and(|who| who.principal_id == OF_TTL);
        return Ok(last.map(|last| if by_ttl { Happened::Removed { last, at } } else { Happened::Deleted { last } }));
    }
    if let Some(settled) = settled_from_image(images.new_image.clone())? {
        return Ok(Some(Happened::Settled(Box::new(settled))));
    }
    if let Some(health) = health_from_image(images.new_image.clone())? {
        // That the first call of all was answered is no news.
        let is_news = health.state != HealthState::Healthy || health_from_image(images.old_image.clone())?.is_some();
        return Ok(is_news.then(|| Happened::Health(Box::new(health))));
    }
    if let Some(endpoint) = endpoint_from_image(images.new_image.clone())? {
        let before = endpoint_from_image(images.old_image.clone())?;
        let switched = before.is_some_and(|before| before.state != endpoint.state);
        return Ok(switched.then(|| Happened::Switched(Box::new(endpoint))));
    }
    let Some(now) = session_from_image(images.new_image.clone())? else { return Ok(None) };
    let before = session_from_image(images.old_image.clone()).unwrap_or_default();
    Ok(Some(Happened::Written { before: before.map(Box::new), now: Box::new(now) }))
}
