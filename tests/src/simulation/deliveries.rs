//! Deliveries inside the service: stream, commands, callbacks, events, minutes and ticks.

use std::collections::BTreeSet;

use serde_json::Value;
use transfer_domain::{Command, EndReason, ProjectId, TransferId};
use transfer_providers::Adapters;

use super::agenda::Step;
use super::post::Callback;
use super::run::Simulation;
use crate::harness::{COMMAND_QUEUE, answer_of};

/// How far ahead the watch looks, in seconds: until its next minute, and a little.
const AHEAD: i64 = 65;
/// How often a contact centre or a queue brings something that was not taken.
const TRIES: u32 = 12;
/// When a tick comes again that was not done, in milliseconds: the queue's visibility time.
const TICK_AGAIN: i64 = 60_000;

impl Simulation {
    /// A part of what waits, or all of it; what was relayed may come again.
    pub(super) async fn relay(&mut self) {
        let work = self.begin();
        let mut feed = self.world.feed.lock().await;
        let mut batch = feed.batch().await;
        if batch.records.is_empty() {
            self.wrote = false;
            return;
        }
        let all = batch.records.len();
        if all > 1 && self.dice.percent(20) {
            batch.records.truncate(1 + self.dice.index(all - 1));
        }
        let sequences: Vec<_> = batch.records.iter().map(|it| it.change.sequence_number.clone()).collect();
        let rest = feed.batch().await.records.get(sequences.len()).and_then(|it| it.change.sequence_number.clone());
        let answer = relay_changes::handle(&work.process.relay, batch).await;
        let failed = answer.batch_item_failures.first().and_then(|it| it.item_identifier.clone());
        let comes_again = self.dice.percent(self.plan.mishaps.min(3));
        drop(feed);
        let survived = self.survived(&work);
        self.trace(format!("relay {} of {all}{}", sequences.len(), if survived { "" } else { ": killed" }));
        if survived && !comes_again {
            let mut feed = self.world.feed.lock().await;
            feed.done(failed.or(rest).as_deref());
        }
    }

    pub(super) async fn deliver(&mut self) {
        let most = 1 + self.dice.index(10);
        let messages = self.world.queue(COMMAND_QUEUE).receive(most).unwrap();
        if messages.is_empty() {
            self.wrote = false;
            return;
        }
        let commands: Vec<Command> = messages.iter().map(|it| serde_json::from_str(&it.body).unwrap()).collect();
        for centre in 0..self.centres.count() {
            if self.dice.percent(self.plan.mishaps) {
                self.centres.disturb(centre, &mut self.dice);
            }
        }
        let work = self.begin();
        let (deliver, event) = (work.process.deliver(), self.world.command_event(&messages));
        let answer = deliver::handle(deliver, event, deliver.deadline()).await;
        let survived = self.survived(&work);
        (0..self.centres.count()).for_each(|centre| self.centres.calm(centre));
        let failed: BTreeSet<_> = answer.batch_item_failures.into_iter().map(|it| it.item_identifier).collect();
        for (message, command) in messages.iter().zip(&commands) {
            self.ledger.touch(command.transfer_id);
            let case = self.ledger.by_transfer.get(&command.transfer_id).copied();
            let what = command.deduplication_id();
            let what = what.get(37..).unwrap_or(&what).to_owned();
            let done = survived && !failed.contains(&message.message_id);
            let became = match (survived, done) {
                (false, _) => "killed",
                (true, true) => "done",
                (true, false) => "again",
            };
            self.trace(format!("deliver {case:?} {what}: {became}"));
            // Now and then one is carried out and not deleted.
            if done && !self.dice.percent(self.plan.mishaps.min(2)) {
                self.world.queue(COMMAND_QUEUE).delete(&message.receipt_handle).unwrap();
            }
        }
    }

    pub(super) async fn callback(&mut self, callback: Callback, tries: u32) {
        let work = self.begin();
        let service = &work.process.service;
        let answer = answer_of(provider_webhook::handle(service, &Adapters::inbound(), callback.request()).await);
        let survived = self.survived(&work);
        self.trace(format!("callback {} {survived} {}", answer.status, callback.shown()));
        if survived && answer.status < 429 {
            self.figures.count(if answer.status < 300 { "callbacks taken" } else { "callbacks refused" }, 1);
        } else if tries < TRIES {
            let delay = self.dice.between(2_000, 10_000);
            self.later(delay, Step::Callback { callback, tries: tries + 1 });
        }
    }

    pub(super) async fn partner(&mut self, event: Value, tries: u32) {
        let work = self.begin();
        let taken = provider_event::handle(&work.process.service, &Adapters::inbound(), event.clone()).await;
        let survived = self.survived(&work);
        self.trace(format!("partner {survived} {taken:?} {}", event["detail-type"]));
        if (!survived || taken.is_err()) && tries < TRIES {
            let delay = self.dice.between(2_000, 30_000);
            self.later(delay, Step::Partner { event, tries: tries + 1 });
        }
    }

    pub(super) async fn inbox(&mut self, event: Value, tries: u32) {
        let work = self.begin();
        let taken = inbox_events::handle(&work.process.service, event.clone()).await;
        if (!self.survived(&work) || taken.is_err()) && tries < TRIES {
            let delay = self.dice.between(2_000, 30_000);
            self.later(delay, Step::Inbox { event, tries: tries + 1 });
        }
    }

    /// Each minute: what is due until the next goes into the queue, to its second. The use case `watch` and its queue come
    /// here when they are there.
    pub(super) async fn watch(&mut self) {
        self.later(60_000, Step::Watch);
        self.look_at_ends();
        if !self.plan.watch {
            return;
        }
        if self.dice.percent(self.plan.lost) {
            self.trace("a minute is lost");
            return;
        }
        self.figures.count("minutes of the watch", 1);
        let work = self.begin();
        let until = self.now() + chrono::TimeDelta::seconds(AHEAD);
        let store = &work.process.service.store;
        let due = store.due(until).await;
        let survived = self.survived(&work);
        let Some(due) = due.ok().filter(|_| survived) else { return };
        for (project, transfer) in due {
            let store = &self.calm.service.store;
            // The index knows the moment; today's query does not tell it.
            let session = store.session(&project, transfer).await.unwrap();
            let Some(due_at) = session.and_then(|session| session.due_at) else { continue };
            if self.dice.percent(self.plan.lost) {
                self.figures.count("ticks lost", 1);
                continue;
            }
            let copies = 1 + usize::from(self.dice.percent(self.plan.mishaps));
            for _ in 0..copies {
                let delay = (due_at - self.now()).num_milliseconds().max(0) + self.dice.between(0, 300);
                self.later(delay, Step::Tick { project: project.clone(), transfer });
            }
        }
    }

    /// The use case `tick` comes here when it is there.
    pub(super) async fn tick(&mut self, project: &ProjectId, transfer: TransferId) {
        let Some(number) = self.ledger.by_transfer.get(&transfer).copied() else {
            // Its creation was not answered yet.
            self.later(TICK_AGAIN, Step::Tick { project: project.clone(), transfer });
            return;
        };
        let channel = self.ledger.cases[number].channel;
        self.figures.timer(channel.as_str(), 1);
        let work = self.begin();
        let ticked = work.process.service.store.tick(project, transfer, self.now()).await;
        let survived = self.survived(&work);
        self.ledger.touched.insert(number);
        let shown = ticked.as_ref().map(|written| {
            let changes = written.iter().flat_map(|it| it.session.changes.iter().map(|it| format!("{:?}", it.change)));
            changes.collect::<Vec<_>>()
        });
        self.trace(format!("tick {number}: {survived} {shown:?}"));
        match ticked {
            Ok(written) if survived => {
                if written.is_some() {
                    self.figures.timer(channel.as_str(), 2);
                }
            }
            Ok(_) | Err(_) => self.later(TICK_AGAIN, Step::Tick { project: project.clone(), transfer }),
        }
    }

    pub(super) async fn sweep(&mut self) {
        let removed = self.world.sweep().await;
        self.wrote = removed > 0;
        if removed > 0 {
            self.trace(format!("native TTL removed {removed}"));
        }
        let next = self.dice.between(60_000, 15 * 60_000);
        self.later(next, Step::Sweep);
    }

    /// Measures what is over at one place and not at the other.
    fn look_at_ends(&mut self) {
        let now = self.now();
        let mut stuck = Vec::new();
        for (number, case) in self.ledger.cases.iter().enumerate() {
            let Some((session, uuid)) = case.session.as_ref().zip(case.uuid()) else { continue };
            let is_over = self.ledger.events.is_over(session);
            let there = self.centres.conversation(case.centre, &uuid);
            let over_there = there.is_some_and(|it| it.phase == simulators::Phase::Ended);
            match (over_there, is_over) {
                (true, false) => drop(self.ledger.over_there.entry(number).or_insert(now)),
                (true, true) => stuck.extend(self.ledger.over_there.remove(&number).map(|since| now - since)),
                (false, _) => {}
            }
        }
        self.figures.stuck.extend(stuck);
    }
}

/// Whether a session ended by its expiry.
pub(super) fn has_expired(session: &transfer_domain::Session) -> bool {
    session.end().is_some_and(|end| end.reason == EndReason::Expired)
}
