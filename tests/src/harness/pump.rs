//! What the event source mappings do: bring stream records to `relay-changes`, commands to `deliver` and ticks to `tick`.

use aws_lambda_events::dynamodb::Event;
use aws_lambda_events::sqs::SqsEvent;
use aws_loopback::ReceivedMessage;
use transfer_app::NotQueued;

use std::time::Duration;

use super::{COMMAND_QUEUE, NOTICE_QUEUE, Process, TICK_QUEUE, World};

/// More rounds than any test needs: something goes round in circles.
const MAX_ROUNDS: usize = 100;

impl World {
    /// Relays and delivers until nothing is left to do.
    pub async fn settle(&self) {
        let process = self.steady();
        for _ in 0..MAX_ROUNDS {
            let relayed = self.relay_once(process).await;
            let delivered = self.deliver_once(process).await;
            if !relayed && !delivered {
                return;
            }
        }
        panic!("the world does not come to rest");
    }

    /// Relays what waits once, as the mapping does with the answer; tells whether there was anything.
    pub async fn relay_once(&self, process: &Process) -> bool {
        let mut feed = self.feed.lock().await;
        let batch = feed.batch().await;
        if batch.records.is_empty() {
            return false;
        }
        let answer = relay_changes::handle(&process.relay, batch).await;
        let failed = answer.batch_item_failures.first().map(|it| it.item_identifier.clone());
        match failed {
            None => feed.done(None),
            Some(sequence) => feed.done(Some(&sequence.expect("a sequence number"))),
        }
        true
    }

    /// Relays everything that waits; it must succeed.
    pub async fn relay(&self) {
        while self.relay_once(self.steady()).await {}
    }

    /// The stream records that wait, without taking them.
    pub async fn changes(&self) -> Event {
        self.feed.lock().await.batch().await
    }

    /// Delivers what is ready once, as the mapping does with the answer; tells whether there was anything.
    pub async fn deliver_once(&self, process: &Process) -> bool {
        let messages = self.receive_commands();
        if messages.is_empty() {
            return false;
        }
        let answer =
            deliver::handle(process.deliver(), self.command_event(&messages), process.deliver().deadline()).await;
        let failed: Vec<_> = answer.batch_item_failures.into_iter().map(|it| it.item_identifier).collect();
        let (again, done): (Vec<_>, Vec<_>) = messages.into_iter().partition(|it| failed.contains(&it.message_id));
        for message in done {
            self.queue(COMMAND_QUEUE).delete(&message.receipt_handle).unwrap();
        }
        self.release(&again);
        true
    }

    /// Looks for what comes due, as it is done each minute.
    pub async fn watch(&self, process: &Process) -> Result<(), NotQueued> {
        watch::handle(&process.watch, Duration::from_secs(30)).await
    }

    /// Applies what is due of the sessions whose ticks are ready, as the mapping does with the answer; tells whether there
    /// was anything.
    pub async fn tick_once(&self, process: &Process) -> bool {
        let queue = self.queue(TICK_QUEUE);
        let messages = queue.receive(10).unwrap();
        if messages.is_empty() {
            return false;
        }
        let batch = serde_json::from_value(queue.lambda_event(&messages)).unwrap();
        let answer = tick::handle(&process.service, batch).await;
        let failed: Vec<_> = answer.batch_item_failures.into_iter().map(|it| it.item_identifier).collect();
        for message in messages {
            if failed.contains(&message.message_id) {
                queue.release(&message.receipt_handle, Duration::ZERO).unwrap();
            } else {
                queue.delete(&message.receipt_handle).unwrap();
            }
        }
        true
    }

    /// Sends the events whose time has come to their endpoints, as the mapping does with the answer; tells whether there was
    /// any.
    pub async fn notify_once(&self, process: &Process) -> bool {
        let queue = self.queue(NOTICE_QUEUE);
        let messages = queue.receive(10).unwrap();
        if messages.is_empty() {
            return false;
        }
        let batch = serde_json::from_value(queue.lambda_event(&messages)).unwrap();
        let answer = notify::handle(&process.notify(), batch).await;
        let failed: Vec<_> = answer.batch_item_failures.into_iter().map(|it| it.item_identifier).collect();
        for message in messages.iter().filter(|message| !failed.contains(&message.message_id)) {
            queue.delete(&message.receipt_handle).unwrap();
        }
        true
    }

    /// Takes the commands that are ready.
    pub fn receive_commands(&self) -> Vec<ReceivedMessage> {
        self.queue(COMMAND_QUEUE).receive(10).unwrap()
    }

    /// Commands as the mapping hands them to `deliver`.
    pub fn command_event(&self, messages: &[ReceivedMessage]) -> SqsEvent {
        serde_json::from_value(self.queue(COMMAND_QUEUE).lambda_event(messages)).unwrap()
    }

    /// Lets commands come again at once, as if their visibility time were over.
    pub fn release(&self, messages: &[ReceivedMessage]) {
        for message in messages {
            self.queue(COMMAND_QUEUE).release(&message.receipt_handle, Duration::ZERO).unwrap();
        }
    }
}
