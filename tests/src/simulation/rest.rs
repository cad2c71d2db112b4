//! What holds when nothing is left to be done.

use chrono::{DateTime, TimeDelta, Utc};
use simulators::{Author, Phase, RequestRecord};
use transfer_domain::{Delivery, Direction, Message, Opening, ProjectId, Session, TimelineEntry};
use transfer_providers::{FIVE9, SERVICENOW, SMARTASSIST};
use transfer_store::Page;

use super::deliveries::has_expired;
use super::ledger::{Published, Told};
use super::run::Simulation;
use crate::harness::{COMMAND_QUEUE, DEAD_LETTERS, PARKED_QUEUE, PROJECT};

/// Within so long a callback arrives that is not lost, whatever goes wrong with it.
const ARRIVES_WITHIN: TimeDelta = TimeDelta::minutes(5);

/// One transfer, with everything that is kept of it.
struct Kept {
    number: usize,
    session: Session,
    messages: Vec<Message>,
    timeline: Vec<TimelineEntry>,
}

impl Simulation {
    /// Whether everything is final.
    pub(super) async fn is_at_rest(&mut self) -> bool {
        let counts = self.world.queue(COMMAND_QUEUE).counts().unwrap();
        counts.visible + counts.in_flight == 0 && self.unsettled().await.is_empty()
    }

    /// The sessions that are not final.
    pub(super) async fn unsettled(&self) -> Vec<String> {
        let project = ProjectId::new(PROJECT).unwrap();
        let mut unsettled = Vec::new();
        for (number, case) in self.ledger.cases.iter().enumerate() {
            let Some(id) = &case.session else { continue };
            let session = self.calm.service.store.session(&project, id.transfer).await.unwrap();
            let why = match session {
                None => Some("removed".to_owned()),
                Some(session) if !session.is_ended() => {
                    let Page { items, .. } =
                        self.calm.service.store.timeline(&project, id.transfer, None, None, 100).await.unwrap();
                    let told: Vec<_> = items.iter().map(|it| (&it.what, &it.effect)).collect();
                    Some(format!("{:?} {} {:?} after {told:?}", session.status(), session.channel(), session.opening))
                }
                Some(session) if session.is_watched() => Some("not closed".to_owned()),
                Some(_) => None,
            };
            let provider = self.centres.provider(case.centre);
            unsettled.extend(why.map(|why| format!("case {number} at {provider}: {why}")));
        }
        unsettled
    }

    pub(super) async fn check_at_rest(&mut self) {
        for queue in [DEAD_LETTERS, PARKED_QUEUE] {
            let left = self.world.queue(queue).counts().unwrap().visible;
            if left > 0 {
                self.wrong(format!("{left} messages lie in {queue}"));
            }
        }
        for number in 0..self.ledger.cases.len() {
            if let Some(kept) = self.kept(number).await {
                let before = self.wrong.len();
                self.check_kept(&kept).await;
                if self.wrong.len() > before {
                    let told: Vec<_> = kept.timeline.iter().map(|it| format!("{} {:?}", it.what, it.detail)).collect();
                    let provider = kept.session.provider;
                    self.wrong(format!(
                        "case {number} at {provider}, timeline: {told:?}, end: {:?}, {:#?}",
                        kept.session.end(),
                        self.asked_at_the_end(&kept)
                    ));
                }
            }
        }
    }

    /// What the contact centre was asked and answered about the time of its end.
    fn asked_at_the_end(&self, kept: &Kept) -> Vec<RequestRecord> {
        let case = &self.ledger.cases[kept.number];
        let since = kept.session.end().map_or(0, |end| end.at.timestamp_millis() - 1000);
        let mut asked = self.centres.desk(case.centre).requests();
        asked.retain(|it| it.at_ms >= since && it.at_ms < since + 10_000);
        asked
    }

    async fn kept(&mut self, number: usize) -> Option<Kept> {
        let id = self.ledger.cases[number].session.clone()?;
        let (project, store) = (ProjectId::new(PROJECT).unwrap(), self.calm.service.store.clone());
        let Some(session) = store.session(&project, id.transfer).await.unwrap() else {
            self.wrong(format!("case {number}: {id} is gone before its retention is over"));
            return None;
        };
        let Page { items: messages, .. } = store.messages(&project, id.transfer, None, 100).await.unwrap();
        let Page { items: timeline, .. } = store.timeline(&project, id.transfer, None, None, 100).await.unwrap();
        Some(Kept { number, session, messages, timeline })
    }

    async fn check_kept(&mut self, kept: &Kept) {
        self.check_end(kept);
        self.check_messages(kept);
        self.check_answers(kept);
        self.check_conversation(kept);
        self.check_expiry(kept);
        self.check_order(kept);
        self.check_task(kept).await;
    }

    /// It is final, with a reason, and the timeline tells the cause.
    fn check_end(&mut self, kept: &Kept) {
        let (number, timeline) = (kept.number, &kept.timeline);
        let Some(end) = kept.session.end() else { return self.wrong(format!("case {number} has not ended")) };
        *self.figures.ends.entry(end.reason.to_string()).or_default() += 1;
        if !timeline.iter().any(|entry| entry.cause == end.cause && entry.what != "requested") {
            self.wrong(format!("case {number}: no entry of the timeline tells the cause of {end:?}"));
        }
        let told = self.ledger.events.is_over(&kept.session.session_id);
        if !told {
            self.wrong(format!("case {number}: nobody was told of the end"));
        }
    }

    /// What was accepted is delivered or told as failed; what the representative has is what was delivered.
    fn check_messages(&mut self, kept: &Kept) {
        let number = kept.number;
        let seen = self.seen(&self.ledger.cases[number]);
        let case = &self.ledger.cases[number];
        // Both go on taking texts when the human has gone: a bot hears them, or nobody, and the answer is the same.
        let goes_on = [SERVICENOW, SMARTASSIST].contains(&kept.session.provider);
        let left_at = case.left_at.filter(|_| goes_on);
        let mut wrong = Vec::new();
        let about = |id: &str, kind: &str| {
            let events = self.ledger.events.of(&kept.session.session_id).iter();
            events.filter(|told| told.kind == kind && told.detail["messageId"] == id).collect::<Vec<_>>()
        };
        let told = |id: &str, kind: &str| about(id, kind).len();
        for (text, said) in case.said.iter().enumerate() {
            let id = format!("message-{text}");
            let out = |it: &&Message| it.direction == Direction::Outbound && it.message_id.as_str() == id;
            let message = kept.messages.iter().find(out);
            let (delivered, failed) = (told(&id, "message.delivered"), told(&id, "message.failed"));
            let by_bot = about(&id, "message.delivered").iter().any(|told| left_at.is_some_and(|left| left <= told.at));
            let on_desktop = seen.iter().filter(|seen| **seen == text).count();
            let fault = match (said.answer, message.map(|it| &it.delivery)) {
                (Told::Accepted, None) => Some("was accepted and is not kept"),
                (Told::Refused, Some(_)) => Some("was refused and is kept"),
                (_, Some(delivery)) if !delivery.is_settled() => Some("is not settled"),
                (_, Some(Delivery::Delivered)) if (delivered, failed) != (1, 0) => {
                    Some("is not told as delivered once")
                }
                (_, Some(Delivery::Delivered)) if on_desktop != 1 && !by_bot => {
                    Some("is delivered and not on the desktop")
                }
                (_, Some(Delivery::Failed { .. })) if (delivered, failed) != (0, 1) => {
                    Some("is not told as failed once")
                }
                (_, None) if delivered + failed + on_desktop > 0 => Some("is not kept and was told or seen"),
                _ => None,
            };
            if let Some(fault) = fault {
                let events = (delivered, failed);
                wrong.push(format!("case {number}, text {text} {fault}: {said:?} {message:?} {events:?} {on_desktop}"));
            }
        }
        let failed = kept.messages.iter().filter(|it| matches!(it.delivery, Delivery::Failed { .. })).count();
        let delivered = kept.messages.iter().filter(|it| it.delivery == Delivery::Delivered).count();
        self.figures.count("messages failed", failed);
        self.figures.count("messages delivered", delivered);
        for wrong in wrong {
            self.wrong(wrong);
        }
    }

    /// What the representative said is kept and told once, unless it could not arrive before the session was over.
    fn check_answers(&mut self, kept: &Kept) {
        let (number, answers) = (kept.number, self.ledger.cases[kept.number].answers.clone());
        let ended_at = kept.session.end().map(|end| end.at);
        let inbound = kept.messages.iter().filter(|it| it.direction == Direction::Inbound);
        let inbound: Vec<_> = inbound.filter(|it| it.text.starts_with("answer ")).collect();
        for message in &inbound {
            let told = self.ledger.events.of(&kept.session.session_id).iter();
            let told = told.filter(|told| told.kind == "message.received" && told.sequence == message.sequence);
            let (told, said) = (told.count(), answers.iter().filter(|(text, _)| *text == message.text).count());
            if (told, said) != (1, 1) {
                self.wrong(format!("case {number}: {:?} was said {said} times and told {told} times", message.text));
            }
        }
        for (text, said_at) in answers {
            let times = inbound.iter().filter(|message| message.text == text).count();
            let arrives = ended_at.is_none_or(|ended| ended - said_at > ARRIVES_WITHIN) && self.plan.lost == 0;
            if times > 1 || (times == 0 && arrives) {
                self.wrong(format!("case {number}: {text:?}, said at {said_at}, is kept {times} times, {ended_at:?}"));
            }
            self.figures.count(if times == 0 { "answers after the end or lost" } else { "answers kept" }, 1);
        }
    }

    /// There is one conversation at most, and nobody sits in it any more.
    fn check_conversation(&mut self, kept: &Kept) {
        let (number, session) = (kept.number, &kept.session);
        let case = &self.ledger.cases[number];
        let key = session.transfer_id().to_string();
        let there = self.centres.desk(case.centre).conversations();
        let there: Vec<_> = there.into_iter().filter(|it| it.contact_key == key).collect();
        if there.len() > 1 {
            self.wrong(format!("case {number} has {} conversations", there.len()));
        }
        let case = &self.ledger.cases[number];
        let sits = there.iter().any(|it| it.phase != Phase::Ended);
        // Where nothing can end a conversation, the human is told that it is over; once at most.
        let is_told = there
            .iter()
            .flat_map(|it| &it.transcript)
            .any(|line| line.author == Author::Contact && !case.said.iter().any(|said| line.text.contains(&said.text)));
        if sits && session.closed && (is_told || session.closing_attempted) {
            // There nothing ends a conversation but its human, and a farewell whose answer was lost is not repeated.
            if session.provider != FIVE9 {
                self.wrong(format!("case {number}: {} was not closed: {:?}", session.provider, session.end()));
            }
            self.figures.count(if is_told { "closed by a farewell" } else { "closed without a word" }, 1);
            return;
        }
        if sits && session.opening == Opening::Opened {
            let closed = session.closed;
            self.wrong(format!(
                "case {number}: somebody sits in an orphaned chat: {:?}, closed {closed}",
                session.end()
            ));
        }
        if sits && session.opening != Opening::Opened {
            // Its opening had no answer, and no sign of it ever came.
            if session.opening != Opening::Unconfirmed {
                self.wrong(format!("case {number}: it stands there and was never asked for: {:?}", session.opening));
            }
            self.figures.count("conversations that nobody knows of", 1);
        }
    }

    /// It was announced once that it would expire, and told once that it had.
    fn check_expiry(&mut self, kept: &Kept) {
        let (number, session) = (kept.number, &kept.session);
        let expired = has_expired(session);
        let told = self.ledger.events.count(&session.session_id, "transfer.expired");
        if told != usize::from(expired) {
            self.wrong(format!("case {number}: transfer.expired was told {told} times, {:?}", session.end()));
        }
        let Some(end) = session.end().filter(|_| expired) else { return };
        let expiring = |told: &&Published| told.kind == "transfer.expiring" && time(told, "expiresAt") == Some(end.at);
        let announced = self.ledger.events.of(&session.session_id).iter().filter(expiring).count();
        let is_sure = self.plan.watch && self.plan.lost == 0;
        if announced > 1 || (announced == 0 && is_sure) {
            self.wrong(format!("case {number}: its expiry at {} was announced {announced} times", end.at));
        }
        for told in self.ledger.events.of(&session.session_id).iter().filter(|told| told.kind == "transfer.expiring") {
            let announced = time(told, "expiresAt");
            if announced != expiry_before(kept, told.sequence) {
                let moved = expiry_before(kept, told.sequence);
                self.wrong.push(format!("case {number}: {announced:?} was announced when it was {moved:?}"));
            }
        }
        let ended = kept.timeline.iter().find(|entry| entry.what == "ended");
        self.figures.to_record.extend(ended.map(|entry| entry.received_at - entry.occurred_at));
        let told = self.ledger.events.of(&session.session_id).iter().find(|told| told.kind == "transfer.expired");
        self.figures.to_event.extend(told.map(|told| told.at - end.at));
    }

    /// The events of a session came in the order of its history.
    fn check_order(&mut self, kept: &Kept) {
        let ours = self.ledger.events.of(&kept.session.session_id).iter();
        // A message's settlement has the number of its message.
        let ours = ours.filter(|told| !matches!(told.kind.as_str(), "message.delivered" | "message.failed"));
        let sequences: Vec<_> = ours.map(|told| told.sequence).collect();
        if !sequences.is_sorted() {
            self.wrong(format!("case {}: events came in the order {sequences:?}", kept.number));
        }
    }

    /// The Inbox knows the end.
    async fn check_task(&mut self, kept: &Kept) {
        let (project, now) = (ProjectId::new(PROJECT).unwrap(), self.now());
        let task = self.calm.service.store.task(&project, kept.session.transfer_id(), now).await.unwrap();
        if task.as_ref().is_none_or(|task| task.closed_by.is_none()) {
            self.wrong(format!("case {}: the Inbox does not know the end: {task:?}", kept.number));
        }
    }
}

/// When a session was to expire before a change of it.
fn expiry_before(kept: &Kept, sequence: u64) -> Option<DateTime<Utc>> {
    let messages = kept.messages.iter().filter(|message| message.sequence < sequence).map(|it| it.accepted_at);
    let last = messages.chain([kept.session.created_at]).max()?;
    kept.session.lifetime.expiry_after_activity(last)
}

fn time(told: &Published, field: &str) -> Option<DateTime<Utc>> {
    told.detail[field].as_str()?.parse().ok()
}
