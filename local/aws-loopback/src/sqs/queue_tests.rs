use chrono::{DateTime, TimeDelta, Utc};

use super::QueueCounts;
use super::message::{NewMessage, ReceivedMessage, Sent};
use super::queue::{Queue, Readiness};
use super::settings::{DeduplicationScope, QueueKind, QueueSettings, Redrive};

/// A queue under a clock that moves by hand.
struct Bench {
    queue: Queue,
    now: DateTime<Utc>,
    issued: u32,
}

impl Bench {
    fn new(kind: QueueKind) -> Self {
        Self { queue: Queue::new("queue".into(), QueueSettings::new(kind)), now: DateTime::UNIX_EPOCH, issued: 0 }
    }

    fn send(&mut self, new: NewMessage) -> Sent {
        self.issued += 1;
        let id = format!("message-{}", self.issued);
        self.queue.send(new, id, self.now, &mut Vec::new())
    }

    fn send_to(&mut self, group: &str, body: &str) -> Sent {
        self.send(NewMessage::new(body).in_group(group, body))
    }

    fn receive(&mut self, max: usize) -> Vec<ReceivedMessage> {
        let taken = self.queue.receive(max, 30, self.now, &mut Vec::new());
        taken.messages
    }

    fn bodies(&mut self, max: usize) -> Vec<String> {
        self.receive(max).into_iter().map(|message| message.body).collect()
    }

    fn delete(&mut self, message: &ReceivedMessage) -> Result<(), crate::AwsError> {
        self.queue.delete(&message.receipt_handle, self.now, &mut Vec::new())
    }

    fn pass(&mut self, seconds: i64) {
        self.now += TimeDelta::seconds(seconds);
    }
}

#[test]
fn a_group_keeps_its_order_and_gives_nothing_while_one_of_its_messages_is_in_flight() {
    let mut bench = Bench::new(QueueKind::Fifo);
    for body in ["a1", "a2", "a3"] {
        bench.send_to("a", body);
    }
    let first = bench.receive(1);
    assert_eq!(first[0].body, "a1");
    assert!(bench.bodies(10).is_empty());
    bench.delete(&first[0]).unwrap();
    assert_eq!(bench.bodies(10), ["a2", "a3"]);
}

#[test]
fn a_locked_group_does_not_hold_up_the_others() {
    let mut bench = Bench::new(QueueKind::Fifo);
    for (group, body) in [("a", "a1"), ("a", "a2"), ("b", "b1")] {
        bench.send_to(group, body);
    }
    assert_eq!(bench.bodies(1), ["a1"]);
    assert_eq!(bench.bodies(10), ["b1"]);
}

#[test]
fn after_the_visibility_timeout_a_group_starts_again_with_the_failed_message() {
    let mut bench = Bench::new(QueueKind::Fifo);
    bench.send_to("a", "a1");
    bench.send_to("a", "a2");
    let failed = bench.receive(1);
    bench.pass(29);
    assert!(bench.bodies(10).is_empty());
    assert_eq!(bench.queue.readiness(bench.now), Readiness::At(bench.now + TimeDelta::seconds(1)));
    bench.pass(1);
    assert_eq!(bench.queue.readiness(bench.now), Readiness::Now);
    let again = bench.receive(10);
    assert_eq!(again[0].body, "a1");
    assert_eq!(again[0].receive_count, 2);
    assert_eq!(again[0].message_id, failed[0].message_id);
    assert_ne!(again[0].receipt_handle, failed[0].receipt_handle);
    assert_eq!(again[1].body, "a2");
}

#[test]
fn a_release_with_a_delay_keeps_the_group_locked_until_then() {
    let mut bench = Bench::new(QueueKind::Fifo);
    bench.send_to("a", "a1");
    bench.send_to("a", "a2");
    let held = bench.receive(1);
    let handle = &held[0].receipt_handle;
    bench.queue.change_visibility(handle, 120, bench.now).unwrap();
    bench.pass(119);
    assert!(bench.bodies(10).is_empty());
    bench.pass(1);
    assert_eq!(bench.bodies(10), ["a1", "a2"]);
}

#[test]
fn a_released_message_comes_back_at_once_and_before_its_successors() {
    let mut bench = Bench::new(QueueKind::Fifo);
    bench.send_to("a", "a1");
    bench.send_to("a", "a2");
    let held = bench.receive(1);
    let handle = &held[0].receipt_handle;
    bench.queue.change_visibility(handle, 0, bench.now).unwrap();
    assert_eq!(bench.bodies(10), ["a1", "a2"]);
}

#[test]
fn a_repeat_within_five_minutes_is_the_first_message_even_after_its_deletion() {
    let mut bench = Bench::new(QueueKind::Fifo);
    let first = bench.send(NewMessage::new("one").in_group("a", "id"));
    let received = bench.receive(1);
    bench.delete(&received[0]).unwrap();
    bench.pass(299);
    let repeat = bench.send(NewMessage::new("other").in_group("a", "id"));
    assert_eq!(repeat, first);
    assert!(bench.bodies(10).is_empty());
    bench.pass(1);
    let later = bench.send(NewMessage::new("other").in_group("a", "id"));
    assert_ne!(later.message_id, first.message_id);
    assert_eq!(bench.bodies(10), ["other"]);
}

#[test]
fn the_deduplication_scope_can_be_the_group() {
    let mut bench = Bench::new(QueueKind::Fifo);
    bench.queue.settings.deduplication_scope = DeduplicationScope::MessageGroup;
    bench.send(NewMessage::new("in a").in_group("a", "id"));
    bench.send(NewMessage::new("in b").in_group("b", "id"));
    bench.send(NewMessage::new("again").in_group("a", "id"));
    assert_eq!(bench.bodies(10), ["in a", "in b"]);
}

#[test]
fn a_message_received_too_often_leaves_and_frees_its_group() {
    let mut bench = Bench::new(QueueKind::Fifo);
    bench.queue.settings.redrive = Some(Redrive { dead_letter_queue: "dead.fifo".into(), max_receive_count: 2 });
    bench.send_to("a", "poison");
    for _ in 0..2 {
        assert_eq!(bench.bodies(1), ["poison"]);
        bench.pass(30);
    }
    bench.send_to("a", "next");
    let taken = bench.queue.receive(10, 30, bench.now, &mut Vec::new());
    assert_eq!(taken.dead.len(), 1);
    assert_eq!(taken.dead[0].body, "poison");
    assert_eq!(taken.messages[0].body, "next");
}

#[test]
fn a_fifo_queue_refuses_an_expired_receipt_and_a_standard_queue_does_not() {
    for (kind, expected) in [(QueueKind::Fifo, Some("InvalidParameterValue")), (QueueKind::Standard, None)] {
        let mut bench = Bench::new(kind);
        bench.send_to("a", "a1");
        let held = bench.receive(1);
        bench.pass(30);
        let error = bench.delete(&held[0]).err();
        assert_eq!(error.as_ref().map(crate::AwsError::code), expected);
    }
}

#[test]
fn the_receipt_of_an_earlier_receive_deletes_nothing_in_a_standard_queue() {
    let mut bench = Bench::new(QueueKind::Standard);
    bench.send(NewMessage::new("one"));
    let early = bench.receive(1);
    bench.pass(30);
    let late = bench.receive(1);
    bench.delete(&early[0]).unwrap();
    assert_eq!(bench.queue.counts(bench.now).in_flight, 1);
    bench.delete(&late[0]).unwrap();
    bench.delete(&late[0]).unwrap();
    assert_eq!(bench.queue.counts(bench.now), QueueCounts::default());
}

#[test]
fn a_delayed_message_appears_when_its_delay_is_over_and_holds_up_nobody() {
    let mut bench = Bench::new(QueueKind::Standard);
    let mut late = NewMessage::new("late");
    late.delay = Some(60);
    bench.send(late);
    assert_eq!(bench.queue.readiness(bench.now), Readiness::At(bench.now + TimeDelta::seconds(60)));
    bench.send(NewMessage::new("prompt"));
    assert_eq!(bench.bodies(10), ["prompt"]);
    assert_eq!(bench.queue.counts(bench.now).delayed, 1);
    bench.pass(60);
    assert_eq!(bench.bodies(10), ["late", "prompt"]);
}

#[test]
fn an_undeleted_message_is_dropped_at_the_end_of_the_retention() {
    let mut bench = Bench::new(QueueKind::Standard);
    bench.send(NewMessage::new("old"));
    bench.pass(4 * 24 * 3600);
    bench.send(NewMessage::new("new"));
    assert_eq!(bench.bodies(10), ["new"]);
}

#[test]
fn only_a_held_message_can_be_released_and_a_foreign_receipt_is_refused() {
    let mut bench = Bench::new(QueueKind::Standard);
    bench.send(NewMessage::new("one"));
    let held = bench.receive(1);
    bench.pass(30);
    let handle = &held[0].receipt_handle;
    let error = bench.queue.change_visibility(handle, 0, bench.now);
    assert_eq!(error.unwrap_err().code(), "AWS.SimpleQueueService.MessageNotInflight");
    let error = bench.queue.delete("bm9uc2Vuc2U", bench.now, &mut Vec::new());
    assert_eq!(error.unwrap_err().code(), "ReceiptHandleIsInvalid");
}
