//! The wire operations of SQS.

mod batch;
mod queues;
mod receive;
mod send;

use serde_json::Value;

use super::{QueueHandle, Sqs, refusal};
use crate::error::AwsError;
use crate::wire::{decode, unknown_operation};

pub(crate) async fn call(sqs: &Sqs, operation: &str, body: &[u8], host: &str) -> Result<Value, AwsError> {
    sqs.faults().check_call()?;
    match operation {
        "CreateQueue" => queues::create(sqs, &decode(body)?, host),
        "ListQueues" => queues::list(sqs, &decode(body)?, host),
        "DeleteQueue" => queues::delete(sqs, &decode(body)?),
        "GetQueueUrl" => queues::get_url(sqs, &decode(body)?, host),
        "GetQueueAttributes" => queues::get_attributes(sqs, &decode(body)?),
        "SendMessage" => send::one(sqs, decode(body)?),
        "SendMessageBatch" => send::batch(sqs, decode(body)?),
        "ReceiveMessage" => receive::receive(sqs, decode(body)?).await,
        "DeleteMessage" => receive::delete(sqs, &decode(body)?),
        "DeleteMessageBatch" => receive::delete_batch(sqs, decode(body)?),
        "ChangeMessageVisibility" => receive::change_visibility(sqs, &decode(body)?),
        unknown => Err(unknown_operation(unknown)),
    }
}

/// The queue a request names by its URL; the last part of the path is the name.
fn addressed(sqs: &Sqs, url: Option<&str>) -> Result<QueueHandle, AwsError> {
    let url = url.ok_or_else(|| refusal::missing("QueueUrl"))?;
    sqs.queue(url.rsplit('/').next().unwrap_or(url))
}
