//! The queue of records that are set aside for people.

use aws_lambda_events::dynamodb::EventRecord;
use aws_sdk_sqs::types::MessageAttributeValue;
use transfer_app::relay::{Aside, Meaning};
use transfer_aws::commands::{ascii_json, refusal};

/// The attribute of a parked message that says what was refused, and by which code.
const WHY: &str = "why";

/// Where the records of one batch are set aside with their content. Without a queue they are only logged.
pub(crate) struct ParkedRecords<'a> {
    pub(crate) client: &'a aws_sdk_sqs::Client,
    pub(crate) queue: &'a str,
    pub(crate) records: &'a [EventRecord],
}

impl Aside for ParkedRecords<'_> {
    async fn set_aside(&self, record: usize, why: &str) -> bool {
        let Some(content) = self.records.get(record).filter(|_| !self.queue.is_empty()) else { return true };
        self.send(content, why).await
    }
}

impl ParkedRecords<'_> {
    /// Sends as much of a record as the queue takes.
    async fn send(&self, content: &EventRecord, why: &str) -> bool {
        for form in forms(content) {
            let Ok(text) = ascii_json(&form) else { continue };
            let Ok(why) = MessageAttributeValue::builder().data_type("String").string_value(why).build() else {
                return false;
            };
            let message = self.client.send_message().queue_url(self.queue).message_body(text);
            let Err(error) = message.message_attributes(WHY, why).send().await else { return true };
            let refusal = refusal::of_call(&error);
            tracing::warn!(code = refusal.code, "a stream record could not be set aside like this");
            if refusal.meaning != Meaning::ForGood {
                return false;
            }
        }
        false
    }
}

/// The whole record; without what it replaced; only which it is. A message holds less than two images can.
fn forms(record: &EventRecord) -> [EventRecord; 3] {
    let mut new_only = record.clone();
    if !new_only.change.new_image.is_empty() {
        new_only.change.old_image.inner_mut().clear();
    }
    let mut named = record.clone();
    named.change.new_image.inner_mut().clear();
    named.change.old_image.inner_mut().clear();
    [record.clone(), new_only, named]
}
