//! What everybody outside knows: who was told what, and what really happened.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};

use chrono::{DateTime, Utc};
use serde_json::Value;
use simulators::{Act, EndedBy};
use transfer_domain::{Channel, SessionId, TransferId};

use super::dice::Dice;
use super::plan::Plan;

/// One transfer as the agent runtime, the contact and the representative live it.
#[derive(Debug)]
pub(super) struct Case {
    pub(super) conversation: String,
    pub(super) key: String,
    pub(super) centre: usize,
    pub(super) channel: Channel,
    pub(super) session: Option<SessionId>,
    /// Texts that the contact has not written yet.
    pub(super) to_say: VecDeque<usize>,
    pub(super) said: Vec<Said>,
    /// Whether the agent runtime ends it after the last text.
    pub(super) ends: bool,
    /// What the human still does.
    pub(super) acts: VecDeque<Act>,
    /// What the human said, and when.
    pub(super) answers: Vec<(String, DateTime<Utc>)>,
    /// Since when nobody is left in the conversation at the contact centre, by what happened there.
    pub(super) left_at: Option<DateTime<Utc>>,
    /// The longest that anybody waits between two things, in seconds.
    pub(super) pace: i64,
}

/// One text of the contact.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) answer: Told,
}

/// What the runtime knows of something that it asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// Nothing yet: no answer, or one that it could not do it now.
    Nothing,
    /// It was accepted.
    Accepted,
    /// It was refused, and nothing was unclear before.
    Refused,
    /// It was refused after an answer was lost.
    Unclear,
}

impl Case {
    pub(super) fn uuid(&self) -> Option<String> {
        self.session.as_ref().map(|session| session.transfer.to_string())
    }

    /// The text of a number, which can be found in whatever a desktop shows.
    pub(super) fn text(&self, number: usize) -> String {
        format!("<{} {number}>", self.key).replace(['<', '>'], "|")
    }

    pub(super) fn random(number: usize, dice: &mut Dice, plan: &Plan, centres: usize) -> Self {
        // Some conversations are handed off several times.
        let again = number > 4 && dice.percent(12) && !plan.is_one_outage;
        let conversation = if again { number - 1 - dice.index(4) } else { number };
        let channel = channel(dice, plan);
        let texts = if plan.is_one_outage { 20 } else { dice.index(6) };
        Self {
            conversation: format!("conv-{conversation}"),
            key: format!("key-{number}"),
            centre: dice.index(centres),
            channel,
            session: None,
            to_say: (0..texts).collect(),
            said: Vec::new(),
            ends: plan.is_one_outage || dice.percent(25),
            acts: acts(dice, plan, channel),
            answers: Vec::new(),
            left_at: None,
            pace: match plan {
                Plan { is_one_outage: true, .. } => 60,
                // What gets lost in a long silence nothing else brings to light.
                Plan { lost: 1.., .. } => dice.pick(&[5, 30, 120, 900, 3600]),
                _ => dice.pick(&[5, 30, 120, 900]),
            },
        }
    }
}

fn channel(dice: &mut Dice, plan: &Plan) -> Channel {
    let with_expiry = [Channel::Chat, Channel::Messaging, Channel::Email, Channel::Campaign];
    // What never expires is ended by nobody while nobody watches.
    if plan.watch && dice.percent(20) { Channel::Voice } else { dice.pick(&with_expiry) }
}

fn acts(dice: &mut Dice, plan: &Plan, channel: Channel) -> VecDeque<Act> {
    let say = |number: i64| Act::Say(format!("answer {number}"));
    let mut acts = vec![Act::Accept, Act::Queue];
    let kind = if plan.is_one_outage { 0 } else { dice.index(10) };
    match kind {
        // Somebody comes, talks, and goes.
        0..=4 => {
            acts.push(Act::Join);
            acts.extend((1..=dice.between(1, 5)).map(say));
        }
        // Somebody comes and says nothing more.
        5 | 6 => {
            acts.push(Act::Join);
            acts.extend((1..=dice.between(0, 2)).map(say));
        }
        7 => acts.extend([Act::Offer, Act::Decline, Act::Join, say(1), Act::Transfer, Act::Join, say(2)]),
        8 => acts.push(Act::NoAgents),
        // Nobody ever comes.
        _ => {}
    }
    let by = dice.pick(&[EndedBy::Representative, EndedBy::Provider]);
    match kind {
        0..=4 if !plan.is_one_outage && dice.percent(60) => acts.extend([Act::Leave, Act::WrapUp, Act::End(by)]),
        // Of a call that nobody ends there is no end.
        _ if channel == Channel::Voice && !plan.is_one_outage => acts.push(Act::End(by)),
        _ => {}
    }
    acts.into()
}

/// One of our events, however often it was published.
#[derive(Debug, Clone)]
pub(super) struct Published {
    pub(super) kind: String,
    pub(super) sequence: u64,
    pub(super) at: DateTime<Utc>,
    pub(super) detail: Value,
}

/// Everything that was published, by session, in the order in which it was first published.
#[derive(Debug, Default)]
pub(super) struct Events {
    by_session: HashMap<String, Vec<Published>>,
    seen: BTreeMap<String, Value>,
}

impl Events {
    /// Adds one; tells what is wrong with it.
    pub(super) fn add(&mut self, event: &Value, now: DateTime<Utc>) -> Option<String> {
        let detail = &event["detail"];
        let text = |name: &str| detail[name].as_str().unwrap_or_default().to_owned();
        let (kind, id, session) = (event["detail-type"].as_str()?.to_owned(), text("eventId"), text("sessionId"));
        if let Some(known) = self.seen.get(&id) {
            return (known != detail).then(|| format!("{id} was published with two contents"));
        }
        self.seen.insert(id, detail.clone());
        let sequence = detail["sequence"].as_u64()?;
        let told = Published { kind, sequence, at: now, detail: detail.clone() };
        self.by_session.entry(session).or_default().push(told);
        None
    }

    pub(super) fn of(&self, session: &SessionId) -> &[Published] {
        self.by_session.get(&session.to_string()).map(Vec::as_slice).unwrap_or_default()
    }

    pub(super) fn count(&self, session: &SessionId, kind: &str) -> usize {
        self.of(session).iter().filter(|told| told.kind == kind).count()
    }

    /// Whether its end was told.
    pub(super) fn is_over(&self, session: &SessionId) -> bool {
        self.count(session, "transfer.ended") + self.count(session, "transfer.expired") > 0
    }
}

/// All transfers, and which of them a step was about.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    pub(super) cases: Vec<Case>,
    pub(super) by_transfer: HashMap<TransferId, usize>,
    pub(super) events: Events,
    pub(super) touched: BTreeSet<usize>,
    /// Since when a conversation is over at the contact centre and not here.
    pub(super) over_there: HashMap<usize, DateTime<Utc>>,
}

impl Ledger {
    /// The transfer that an event is of.
    pub(super) fn case_of(&self, event: &Value) -> Option<usize> {
        let session: SessionId = event["detail"]["sessionId"].as_str()?.parse().ok()?;
        self.by_transfer.get(&session.transfer).copied()
    }

    pub(super) fn touch(&mut self, transfer: TransferId) {
        self.touched.extend(self.by_transfer.get(&transfer).copied());
    }
}
