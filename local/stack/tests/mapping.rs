//! Queues reach functions as SQS event source mappings do it.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use agent_transfer::mapping::{Consumer, QueueMapping};
use agent_transfer::{Progress, TestClock};
use async_trait::async_trait;
use aws_loopback::{AwsLoopback, NewMessage, QueueHandle, QueueKind, QueueSettings, ReceivedMessage, Redrive};
use tokio::sync::watch;
use transfer_domain::Clock as _;

const VISIBILITY: u32 = 30;

struct World {
    loopback: AwsLoopback,
    clock: TestClock,
    queue: QueueHandle,
    dead: QueueHandle,
}

impl World {
    fn new() -> Self {
        let clock = TestClock::standing();
        let shown = clock.clone();
        let loopback = AwsLoopback::new(Arc::new(move || shown.now()));
        let dead = loopback.sqs().declare("dead.fifo", QueueSettings::new(QueueKind::Fifo)).unwrap();
        let redrive = Some(Redrive { dead_letter_queue: "dead.fifo".to_owned(), max_receive_count: 2 });
        let settings = QueueSettings { visibility_timeout: VISIBILITY, redrive, ..QueueSettings::new(QueueKind::Fifo) };
        let queue = loopback.sqs().declare("commands.fifo", settings).unwrap();
        Self { loopback, clock, queue, dead }
    }

    fn send(&self, group: &str, body: &str) {
        self.queue.send(NewMessage::new(body).in_group(group, body)).unwrap();
    }

    fn mapping(&self, consumer: Arc<dyn Consumer>) -> Arc<QueueMapping> {
        self.mapping_of(10, consumer)
    }

    fn mapping_of(&self, batch_size: u32, consumer: Arc<dyn Consumer>) -> Arc<QueueMapping> {
        QueueMapping::new(self.queue.clone(), batch_size, consumer, Progress::default())
    }

    fn pass(&self, seconds: u32) {
        self.clock.advance(Duration::from_secs(seconds.into()));
        self.loopback.time_changed();
    }
}

/// Remembers what it got, fails what it is told to fail.
#[derive(Default)]
struct Recorder {
    invocations: Mutex<Vec<Vec<(String, u32)>>>,
    failing: Mutex<HashSet<&'static str>>,
}

#[async_trait]
impl Consumer for Recorder {
    async fn consume(&self, _queue: &QueueHandle, messages: &[ReceivedMessage]) -> HashSet<String> {
        let bodies = messages.iter().map(|message| (message.body.clone(), message.receive_count)).collect();
        self.invocations.lock().unwrap().push(bodies);
        let failing = self.failing.lock().unwrap();
        let failed = messages.iter().skip_while(|message| !failing.contains(message.body.as_str()));
        failed.map(|message| message.message_id.clone()).collect()
    }
}

fn invocation(messages: &[(&str, u32)]) -> Vec<(String, u32)> {
    messages.iter().map(|(body, count)| ((*body).to_owned(), *count)).collect()
}

#[tokio::test]
async fn a_group_comes_in_its_order_and_is_gone_when_it_is_done() {
    let world = World::new();
    world.send("a", "a1");
    world.send("b", "b1");
    world.send("a", "a2");
    let recorder = Arc::new(Recorder::default());
    world.mapping(recorder.clone()).drain().await.unwrap();
    let mut invocations = recorder.invocations.lock().unwrap().clone();
    invocations.sort();
    assert_eq!(invocations, [invocation(&[("a1", 1), ("a2", 1)]), invocation(&[("b1", 1)])]);
    let counts = world.queue.counts().unwrap();
    assert_eq!((counts.visible, counts.in_flight), (0, 0));
}

#[tokio::test]
async fn an_invocation_gets_no_more_than_the_batch_size() {
    let world = World::new();
    for message in ["a1", "a2", "a3"] {
        world.send("a", message);
    }
    let recorder = Arc::new(Recorder::default());
    world.mapping_of(1, recorder.clone()).drain().await.unwrap();
    let one = |message| invocation(&[(message, 1)]);
    assert_eq!(*recorder.invocations.lock().unwrap(), [one("a1"), one("a2"), one("a3")]);
}

#[tokio::test]
async fn without_groups_a_batch_is_one_invocation() {
    let world = World::new();
    let queue = world.loopback.sqs().declare("events", QueueSettings::new(QueueKind::Standard)).unwrap();
    for message in ["e1", "e2", "e3"] {
        queue.send(NewMessage::new(message)).unwrap();
    }
    let recorder = Arc::new(Recorder::default());
    QueueMapping::new(queue, 2, recorder.clone(), Progress::default()).drain().await.unwrap();
    let mut sizes: Vec<_> = recorder.invocations.lock().unwrap().iter().map(Vec::len).collect();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2]);
}

#[tokio::test]
async fn what_failed_comes_again_after_its_visibility_timeout_and_then_goes_to_the_dead_letter_queue() {
    let world = World::new();
    world.send("a", "a1");
    world.send("a", "a2");
    let recorder = Arc::new(Recorder::default());
    recorder.failing.lock().unwrap().insert("a1");
    let mapping = world.mapping(recorder.clone());
    mapping.drain().await.unwrap();
    mapping.drain().await.unwrap();
    assert_eq!(*recorder.invocations.lock().unwrap(), [invocation(&[("a1", 1), ("a2", 1)])]);

    world.pass(VISIBILITY + 1);
    mapping.drain().await.unwrap();
    assert_eq!(recorder.invocations.lock().unwrap().last().unwrap(), &invocation(&[("a1", 2), ("a2", 2)]));
    world.pass(VISIBILITY + 1);
    mapping.drain().await.unwrap();
    assert_eq!(world.dead.counts().unwrap().visible, 2);
    assert_eq!(world.queue.counts().unwrap().visible, 0);
}

/// The messages of one group take until they are let go; others are done at once.
struct Slow {
    let_go: watch::Sender<bool>,
    done: watch::Sender<usize>,
}

#[async_trait]
impl Consumer for Slow {
    async fn consume(&self, _queue: &QueueHandle, messages: &[ReceivedMessage]) -> HashSet<String> {
        if messages.iter().any(|message| message.group.as_deref() == Some("slow")) {
            self.let_go.subscribe().wait_for(|let_go| *let_go).await.unwrap();
        }
        self.done.send_modify(|done| *done += messages.len());
        HashSet::new()
    }
}

#[tokio::test]
async fn a_slow_group_holds_up_no_other() {
    let world = World::new();
    let slow = Arc::new(Slow { let_go: watch::Sender::new(false), done: watch::Sender::new(0) });
    let mapping = world.mapping(slow.clone());
    let follower = tokio::spawn(Arc::clone(&mapping).follow());
    world.send("slow", "s1");
    world.send("a", "a1");
    world.send("slow", "s2");
    world.send("b", "b1");
    let mut done = slow.done.subscribe();
    done.wait_for(|done| *done == 2).await.unwrap();
    // Both others are done while the slow one still runs.
    assert_eq!(world.queue.counts().unwrap().visible + world.queue.counts().unwrap().in_flight, 2);
    slow.let_go.send_replace(true);
    done.wait_for(|done| *done == 4).await.unwrap();
    follower.abort();
}

struct Panicking;

#[async_trait]
impl Consumer for Panicking {
    async fn consume(&self, _queue: &QueueHandle, _messages: &[ReceivedMessage]) -> HashSet<String> {
        panic!("a function breaks off");
    }
}

#[tokio::test]
async fn an_invocation_that_breaks_off_leaves_its_messages_in_the_queue() {
    let world = World::new();
    world.send("a", "a1");
    world.mapping(Arc::new(Panicking)).drain().await.unwrap();
    assert_eq!(world.queue.counts().unwrap().in_flight, 1);
}
