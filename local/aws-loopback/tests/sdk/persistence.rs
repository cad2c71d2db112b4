use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use aws_loopback::{AwsLoopback, Change, Journal, JournalError, NewMessage, QueueHandle, QueueKind, QueueSettings};
use serde_json::Value;

use crate::{ManualClock, Running, client, serve};

/// What was written, by key.
#[derive(Default)]
struct Written(Mutex<BTreeMap<String, Value>>);

impl Journal for Written {
    fn load(&self) -> Result<BTreeMap<String, Value>, JournalError> {
        Ok(self.0.lock().unwrap().clone())
    }

    fn commit(&self, changes: &[Change]) -> Result<(), JournalError> {
        let mut written = self.0.lock().unwrap();
        for change in changes.iter().cloned() {
            match change {
                Change::Put { key, value } => written.insert(key, value),
                Change::Remove { key } => written.remove(&key),
            };
        }
        Ok(())
    }
}

async fn open(journal: &Arc<Written>, clock: &ManualClock) -> Running {
    let loopback = AwsLoopback::restore(clock.clock(), Arc::clone(journal) as Arc<dyn Journal>).unwrap();
    serve(loopback, clock.clone()).await
}

/// What a kill leaves: what was written until this moment, and nobody else goes on with.
fn killed(journal: &Written) -> Arc<Written> {
    Arc::new(Written(Mutex::new(journal.load().unwrap())))
}

fn bodies(queue: &QueueHandle) -> Vec<String> {
    let messages = queue.receive(10).unwrap();
    messages.into_iter().map(|message| message.body).collect()
}

#[tokio::test]
async fn undeleted_messages_come_back_in_order_after_a_kill() {
    let written = Arc::new(Written::default());
    let clock = ManualClock::new();
    let before = open(&written, &clock).await;
    let settings = QueueSettings::new(QueueKind::Fifo);
    let queue = before.loopback.sqs().declare("q.fifo", settings).unwrap();
    for body in ["1", "2", "3"] {
        queue.send(NewMessage::new(body).in_group("g", body)).unwrap();
    }
    let done = queue.receive(1).unwrap();
    queue.delete(&done[0].receipt_handle).unwrap();
    let in_flight = queue.receive(1).unwrap();
    assert_eq!(in_flight[0].body, "2");
    let copy = killed(&written);

    let after = open(&copy, &clock).await;
    let queue = after.loopback.sqs().queue("q.fifo").unwrap();
    // Still a repeat of a message that was deleted before the kill.
    let repeat = queue.send(NewMessage::new("1").in_group("g", "1")).unwrap();
    assert_eq!(repeat.message_id, done[0].message_id);
    let fresh = queue.send(NewMessage::new("4").in_group("g", "4")).unwrap();
    assert_eq!(fresh.sequence_number.as_deref(), Some("00000000000000000004"));
    let messages = queue.receive(10).unwrap();
    let received: Vec<_> = messages.iter().map(|message| (message.body.as_str(), message.receive_count)).collect();
    assert_eq!(received, [("2", 2), ("3", 1), ("4", 1)]);
}

#[tokio::test]
async fn a_delay_goes_on_after_a_kill() {
    let written = Arc::new(Written::default());
    let clock = ManualClock::new();
    let before = open(&written, &clock).await;
    let settings = QueueSettings::new(QueueKind::Standard);
    let queue = before.loopback.sqs().declare("ticks", settings).unwrap();
    let mut tick = NewMessage::new("tick");
    tick.delay = Some(60);
    queue.send(tick).unwrap();
    let copy = killed(&written);

    clock.pass(59);
    let after = open(&copy, &clock).await;
    let queue = after.loopback.sqs().queue("ticks").unwrap();
    assert!(bodies(&queue).is_empty());
    clock.pass(1);
    assert_eq!(bodies(&queue), ["tick"]);
}

#[tokio::test]
async fn secrets_come_back_after_a_kill() {
    let written = Arc::new(Written::default());
    let clock = ManualClock::new();
    let before = open(&written, &clock).await;
    let client = client!(aws_sdk_secretsmanager, before);
    for name in ["kept", "gone"] {
        client.create_secret().name(name).secret_string("value").send().await.unwrap();
    }
    let delete = client.delete_secret().secret_id("gone");
    delete.force_delete_without_recovery(true).send().await.unwrap();
    let copy = killed(&written);

    let after = open(&copy, &clock).await;
    let client = client!(aws_sdk_secretsmanager, after);
    let got = client.get_secret_value().secret_id("kept").send().await.unwrap();
    assert_eq!(got.secret_string(), Some("value"));
    assert!(client.get_secret_value().secret_id("gone").send().await.is_err());
}

#[tokio::test]
async fn rules_and_queues_of_callers_come_back_after_a_kill_and_what_they_removed_does_not() {
    use aws_sdk_eventbridge::types::{PutEventsRequestEntry, Target};
    let written = Arc::new(Written::default());
    let clock = ManualClock::new();
    let before = open(&written, &clock).await;
    let (rules, queues) = (client!(aws_sdk_eventbridge, before), client!(aws_sdk_sqs, before));
    for name in ["kept", "gone"] {
        let url = queues.create_queue().queue_name(name).send().await.unwrap().queue_url.unwrap();
        queues.send_message().queue_url(url).message_body("before").send().await.unwrap();
        rules.put_rule().name(name).event_pattern(r#"{"source":["app"]}"#).send().await.unwrap();
    }
    let target = Target::builder().id("t").arn("arn:aws:sqs:local:000000000000:kept").build().unwrap();
    rules.put_targets().rule("kept").targets(target).send().await.unwrap();
    rules.delete_rule().name("gone").send().await.unwrap();
    let gone = queues.get_queue_url().queue_name("gone").send().await.unwrap().queue_url;
    queues.delete_queue().set_queue_url(gone).send().await.unwrap();
    let copy = killed(&written);

    let after = open(&copy, &clock).await;
    let (rules, queues) = (client!(aws_sdk_eventbridge, after), client!(aws_sdk_sqs, after));
    let entry = PutEventsRequestEntry::builder().source("app").detail_type("t").detail("{}").build();
    rules.put_events().entries(entry).send().await.unwrap();
    assert_eq!(rules.list_rules().send().await.unwrap().rules().len(), 1);
    assert_eq!(queues.list_queues().send().await.unwrap().queue_urls().len(), 1);
    let queue = after.loopback.sqs().queue("kept").unwrap();
    let event = after.loopback.event_bridge().recorded_events()[0].to_string();
    assert_eq!(bodies(&queue), ["before".to_owned(), event]);
    let kept = queues.get_queue_url().queue_name("kept").send().await.unwrap().queue_url;
    queues.delete_queue().set_queue_url(kept).send().await.expect("it is still the caller's");
}

/// A journal on a disk that is full for a while.
struct FullDisk {
    disk: Arc<Written>,
    full: AtomicBool,
}

impl Journal for FullDisk {
    fn load(&self) -> Result<BTreeMap<String, Value>, JournalError> {
        self.disk.load()
    }

    fn commit(&self, changes: &[Change]) -> Result<(), JournalError> {
        if self.full.load(Ordering::SeqCst) {
            return Err(std::io::Error::from(std::io::ErrorKind::StorageFull).into());
        }
        self.disk.commit(changes)
    }
}

#[tokio::test]
async fn a_send_is_not_acknowledged_before_it_is_written_even_when_it_is_repeated() {
    let written = Arc::new(Written::default());
    let clock = ManualClock::new();
    let disk = Arc::new(FullDisk { disk: Arc::clone(&written), full: AtomicBool::new(false) });
    let loopback = AwsLoopback::restore(clock.clock(), disk.clone()).unwrap();
    let settings = QueueSettings::new(QueueKind::Fifo);
    let queue = loopback.sqs().declare("q.fifo", settings).unwrap();
    let send = || queue.send(NewMessage::new("1").in_group("g", "1"));
    disk.full.store(true, Ordering::SeqCst);
    assert_eq!(send().unwrap_err().code(), "InternalFailure");
    disk.full.store(false, Ordering::SeqCst);
    send().unwrap();
    let copy = killed(&written);

    let after = open(&copy, &clock).await;
    let queue = after.loopback.sqs().queue("q.fifo").unwrap();
    assert_eq!(bodies(&queue), ["1"]);
}
