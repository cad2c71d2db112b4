//! Deliveries inside the service: stream, commands, callbacks, events, minutes and ticks.

use std::collections::BTreeSet;
use std::time::Duration;

use chrono::TimeDelta;
use serde_json::Value;
use transfer_app::Tick;
use transfer_domain::{Command, EndReason, Session};
use transfer_providers::Adapters;

use super::agenda::Step;
use super::post::Callback;
use super::run::Simulation;
use crate::harness::{COMMAND_QUEUE, TICK_QUEUE, answer_of};

/// The time that a look has.
const LOOKS_FOR: Duration = Duration::from_secs(30);
/// How often a contact centre or a queue brings something that was not taken.
const TRIES: u32 = 12;

/// Within so long it is found here that a contact centre ended a conversation, though its callback was lost.
const FOUND_WITHIN: TimeDelta = TimeDelta::minutes(10);

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

    /// Each minute: what is due until the next goes into the queue, to its second.
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
        let looked = watch::handle(&work.process.watch, LOOKS_FOR).await;
        let survived = self.survived(&work);
        self.trace(format!("watch {survived} {looked:?}"));
    }

    /// Some of the ticks that are ready, of `watch` and of `relay-changes`; they get lost, and they come again.
    pub(super) async fn tick(&mut self) {
        let most = 1 + self.dice.index(10);
        let mut messages = self.world.queue(TICK_QUEUE).receive(most).unwrap();
        messages.retain(|message| {
            let lost = self.dice.percent(self.plan.lost);
            if lost {
                self.figures.count("ticks lost", 1);
                self.world.queue(TICK_QUEUE).delete(&message.receipt_handle).unwrap();
            }
            !lost
        });
        if messages.is_empty() {
            self.wrote = false;
            return;
        }
        let ticks: Vec<Tick> = messages.iter().map(|it| serde_json::from_str(&it.body).unwrap()).collect();
        let before = self.stored(&ticks).await;
        let work = self.begin();
        let batch = serde_json::from_value(self.world.queue(TICK_QUEUE).lambda_event(&messages)).unwrap();
        let answer = tick::handle(&work.process.service, batch).await;
        let survived = self.survived(&work);
        let failed: BTreeSet<_> = answer.batch_item_failures.into_iter().map(|it| it.item_identifier).collect();
        let after = self.stored(&ticks).await;
        for (at, message) in messages.iter().enumerate() {
            let wrote = before[at] != after[at];
            let number = self.ledger.by_transfer.get(&ticks[at].transfer_id).copied();
            if let Some(number) = number {
                self.ledger.touched.insert(number);
                let channel = self.ledger.cases[number].channel;
                self.figures.timer(channel.as_str(), 1);
                if wrote {
                    self.figures.timer(channel.as_str(), 2);
                }
            }
            let done = survived && !failed.contains(&message.message_id);
            self.trace(format!("tick {number:?}: done {done}, wrote {wrote}"));
            if done && !self.dice.percent(self.plan.mishaps) {
                self.world.queue(TICK_QUEUE).delete(&message.receipt_handle).unwrap();
            }
        }
    }

    /// The sessions of these ticks as they are stored.
    async fn stored(&self, ticks: &[Tick]) -> Vec<Option<Session>> {
        let store = &self.calm.service.store;
        let mut sessions = Vec::new();
        for tick in ticks {
            sessions.push(store.session(&tick.project_id, tick.transfer_id).await.unwrap());
        }
        sessions
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

    /// Measures for how long what is over there is open here.
    fn look_at_ends(&mut self) {
        let now = self.now();
        let (mut stuck, mut unasked, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
        for (number, case) in self.ledger.cases.iter().enumerate() {
            let Some((session, uuid)) = case.session.as_ref().zip(case.uuid()) else { continue };
            let is_over = self.ledger.events.is_over(session);
            let there = self.centres.conversation(case.centre, &uuid);
            let over_there = there.is_some_and(|it| it.phase == simulators::Phase::Ended);
            if over_there && !is_over {
                self.ledger.over_there.entry(number).or_insert(now);
                continue;
            }
            // Over here as well, or brought back there by a text of the contact.
            let Some(since) = self.ledger.over_there.remove(&number) else { continue };
            let can_be_asked = self.centres.can_be_asked(case.centre);
            let times = if can_be_asked { &mut stuck } else { &mut unasked };
            times.push(now - since);
            if can_be_asked && self.plan.lost > 0 && now - since > FOUND_WITHIN {
                let provider = self.centres.provider(case.centre);
                wrong.push(format!("case {number} at {provider}: over there since {since}, and open here"));
            }
        }
        self.figures.stuck.extend(stuck);
        self.figures.unasked.extend(unasked);
        for wrong in wrong {
            self.wrong(wrong);
        }
    }
}

/// Whether a session ended by its expiry.
pub(super) fn has_expired(session: &Session) -> bool {
    session.end().is_some_and(|end| end.reason == EndReason::Expired)
}
