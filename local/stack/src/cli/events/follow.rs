//! What the bus tells from now on, as any program would get it: a rule and a queue of its own.

use std::time::Duration;

use aws_sdk_eventbridge::types::{SqsParameters, Target};
use aws_sdk_sqs::config::timeout::TimeoutConfig;
use aws_sdk_sqs::types::{DeleteMessageBatchRequestEntry, QueueAttributeName};
use serde_json::Value;
use transfer_aws::RandomIds;
use transfer_domain::Ids as _;

use super::error::EventsError;
use crate::aws;

/// How long one receive waits, in seconds; and how long the answer may take.
const WAIT_SECONDS: i32 = 20;
const PATIENCE: Duration = Duration::from_secs(30);
/// How long a queue that was left behind by a kill keeps its messages, in seconds.
const RETENTION_SECONDS: &str = "300";
const TARGET: &str = "follower";

/// A rule with a queue, until [`Follower::end`].
pub(super) struct Follower {
    rules: aws_sdk_eventbridge::Client,
    queues: aws_sdk_sqs::Client,
    bus: String,
    rule: String,
    queue_url: String,
}

impl Follower {
    /// Has the events that fit kept from now on.
    pub(super) async fn start(endpoint: &str, bus: &str, pattern: &Value) -> Result<Self, EventsError> {
        let sdk = aws::local(endpoint);
        let timeouts = TimeoutConfig::builder().operation_attempt_timeout(PATIENCE).operation_timeout(PATIENCE * 2);
        let queues = aws_sdk_sqs::config::Builder::from(&sdk).timeout_config(timeouts.build()).build();
        let queues = aws_sdk_sqs::Client::from_conf(queues);
        let id: String = RandomIds.secret().chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        let rule = format!("events-follow-{id}");
        // In order, as the bus told them.
        let queue = queues.create_queue().queue_name(format!("{rule}.fifo"));
        let queue = queue
            .attributes(QueueAttributeName::FifoQueue, "true")
            .attributes(QueueAttributeName::ContentBasedDeduplication, "true")
            .attributes(QueueAttributeName::MessageRetentionPeriod, RETENTION_SECONDS);
        let created = queue.send().await.map_err(EventsError::aws("no queue can be made"))?;
        let follower = Self {
            rules: aws_sdk_eventbridge::Client::new(&sdk),
            queues,
            bus: bus.to_owned(),
            rule,
            queue_url: created.queue_url.unwrap_or_default(),
        };
        match follower.make_rule(pattern).await {
            Ok(()) => Ok(follower),
            Err(error) => {
                // Why there is no rule matters more than what could not be removed.
                drop(follower.end().await);
                Err(error)
            }
        }
    }

    async fn make_rule(&self, pattern: &Value) -> Result<(), EventsError> {
        let asked = self.queues.get_queue_attributes().queue_url(&self.queue_url);
        let asked = asked.attribute_names(QueueAttributeName::QueueArn).send().await;
        let attributes = asked.map_err(EventsError::aws("the queue cannot be read"))?.attributes.unwrap_or_default();
        let arn = attributes.get(&QueueAttributeName::QueueArn).map(String::as_str).unwrap_or_default();
        let rule = self.rules.put_rule().name(&self.rule).event_bus_name(&self.bus).event_pattern(pattern.to_string());
        rule.send().await.map_err(EventsError::aws("no rule can be made"))?;
        let group = SqsParameters::builder().message_group_id(TARGET).build();
        let target = Target::builder().id(TARGET).arn(arn).sqs_parameters(group).build();
        let target = target.map_err(EventsError::aws("no target can be made"))?;
        let targets = self.rules.put_targets().rule(&self.rule).event_bus_name(&self.bus).targets(target);
        targets.send().await.map(drop).map_err(EventsError::aws("the rule gets no target"))
    }

    /// The next events, in the order of the bus; none when nothing happened for a while.
    pub(super) async fn next(&self) -> Result<Vec<Value>, EventsError> {
        let receive = self.queues.receive_message().queue_url(&self.queue_url);
        let received = receive.max_number_of_messages(10).wait_time_seconds(WAIT_SECONDS).send().await;
        let messages =
            received.map_err(EventsError::aws("the stack tells no more events"))?.messages.unwrap_or_default();
        let deletion = |(number, message): (usize, &aws_sdk_sqs::types::Message)| {
            let entry = DeleteMessageBatchRequestEntry::builder().id(number.to_string());
            entry.set_receipt_handle(message.receipt_handle.clone()).build().ok()
        };
        let deletions: Vec<_> = messages.iter().enumerate().filter_map(deletion).collect();
        if !deletions.is_empty() {
            let delete = self.queues.delete_message_batch().queue_url(&self.queue_url).set_entries(Some(deletions));
            delete.send().await.map_err(EventsError::aws("the stack tells no more events"))?;
        }
        let events = messages.iter().filter_map(|message| serde_json::from_str(message.body.as_deref()?).ok());
        Ok(events.collect())
    }

    /// Removes the rule and the queue.
    pub(super) async fn end(self) -> Result<(), EventsError> {
        let targets = self.rules.remove_targets().rule(&self.rule).event_bus_name(&self.bus).ids(TARGET);
        let targets = targets.send().await.map_err(EventsError::aws("the rule could not be removed"));
        let rule = self.rules.delete_rule().name(&self.rule).event_bus_name(&self.bus);
        let rule = rule.send().await.map_err(EventsError::aws("the rule could not be removed"));
        let queue = self.queues.delete_queue().queue_url(&self.queue_url).send().await;
        queue.map_err(EventsError::aws("the queue could not be removed"))?;
        rule?;
        targets.map(drop)
    }
}
