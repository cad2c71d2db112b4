//! What one stream record asks for.

use aws_lambda_events::dynamodb::EventRecord;
use chrono::{DateTime, Utc};
use transfer_domain::{Command, Session};
use transfer_store::{StoreError, session_from_image};

use crate::{Event, Measurement};

/// Everything that must leave the system because of one record.
#[derive(Debug, Default, PartialEq)]
pub struct Consequences {
    /// For the event bus.
    pub events: Vec<Event>,
    /// For the provider.
    pub commands: Vec<Command>,
    /// For whoever operates it.
    pub measurements: Vec<Measurement>,
}

impl Consequences {
    /// Reads a record. Only sessions' records have consequences: each of their images tells what its write changed.
    pub fn of(record: &EventRecord) -> Result<Self, StoreError> {
        let images = &record.change;
        if record.event_name == "REMOVE" {
            return match session_from_image(images.old_image.clone())? {
                Some(last) => Ok(Self::of_removal(last, images.approximate_creation_date_time)),
                None => Ok(Self::default()),
            };
        }
        match session_from_image(images.new_image.clone())? {
            Some(session) => {
                // One that cannot be read costs a measurement, not the record.
                let before = session_from_image(images.old_image.clone()).unwrap_or_default();
                Ok(Self::of_write(before.as_ref(), &session))
            }
            None => Ok(Self::default()),
        }
    }

    fn of_write(before: Option<&Session>, session: &Session) -> Self {
        let changes = &session.changes;
        Self {
            events: changes.iter().flat_map(|change| Event::of_change(session, change)).collect(),
            commands: changes.iter().flat_map(|change| Command::after(session, change)).collect(),
            measurements: Measurement::of_write(before, session),
        }
    }

    /// A record disappears when its time is over, by DynamoDB's own removal or punctually by `watch`: a session
    /// that had not ended has expired then.
    fn of_removal(last: Session, removed_at: DateTime<Utc>) -> Self {
        let expired = !last.is_ended();
        Self {
            events: expired.then(|| Event::of_expiry(&last, removed_at)).into_iter().collect(),
            measurements: expired.then(Measurement::of_expiry).into_iter().collect(),
            commands: vec![Command::after_removal(last)],
        }
    }
}
