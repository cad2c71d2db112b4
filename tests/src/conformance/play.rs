//! Plays everything with every profile, a few stacks at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::task::{JoinError, JoinSet};

use super::{Bench, PROFILES, Pace, Part, Profile};

/// How many stacks play at a time; each waits now and then for the machine.
const STACKS: usize = 3;
/// How many more play what waits for time-outs most of the time.
const HASTY_STACKS: usize = 2;

/// What came of one scenario with one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It held, in this way.
    Passes(&'static str),
    /// The provider cannot do it, for this reason.
    NotSupported(&'static str),
    /// It did not hold.
    Fails(String),
}

/// One part with one profile.
#[derive(Debug, Clone)]
pub struct Played {
    /// The profile's name.
    pub profile: &'static str,
    /// What was played.
    pub part: Part,
    /// What came of it.
    pub outcome: Outcome,
}

/// Parts of one profile that are played on one stack.
#[derive(Debug)]
struct Batch {
    profile: &'static Profile,
    pace: Pace,
    parts: Vec<Part>,
}

/// Plays what `chosen` wants (the profile's name, the part's name); the rest is left out.
pub async fn play(chosen: impl Fn(&str, &str) -> bool) -> Vec<Played> {
    let mut played = Vec::new();
    let (mut waiting, mut working) = (VecDeque::new(), VecDeque::new());
    for profile in PROFILES {
        let mut hasty = Batch { profile, pace: Pace::Hasty, parts: Vec::new() };
        let mut usual = Vec::new();
        for part in Part::all(profile) {
            if !chosen(profile.name, &part.name()) {
                continue;
            }
            match (part.unmet(profile), part.pace()) {
                (Some(why), _) => played.push(outcome(profile, part, Outcome::NotSupported(why))),
                (None, Pace::Hasty) => hasty.parts.push(part),
                (None, Pace::Usual | Pace::Last) => usual.push(part),
            }
        }
        // What a stack is not fit for anything after comes last on it.
        usual.sort_by_key(Part::pace);
        let second = usual.split_off(usual.len() / 2);
        waiting.push_back(hasty);
        working.extend([usual, second].map(|parts| Batch { profile, pace: Pace::Usual, parts }));
    }
    let mut players = JoinSet::new();
    // Waiting for time-outs goes on beside work.
    for (mut batches, stacks) in [(waiting, HASTY_STACKS), (working, STACKS)] {
        batches.retain(|batch: &Batch| !batch.parts.is_empty());
        let batches = Arc::new(Mutex::new(batches));
        for _ in 0..stacks {
            players.spawn(player(Arc::clone(&batches)));
        }
    }
    while let Some(one) = players.join_next().await {
        played.extend(one.unwrap());
    }
    played
}

fn outcome(profile: &Profile, part: Part, outcome: Outcome) -> Played {
    Played { profile: profile.name, part, outcome }
}

/// Plays one batch after another.
async fn player(batches: Arc<Mutex<VecDeque<Batch>>>) -> Vec<Played> {
    let mut played = Vec::new();
    loop {
        let batch = batches.lock().unwrap().pop_front();
        let Some(batch) = batch else { return played };
        played.extend(one_after_another(&batch).await);
    }
}

/// Plays one scenario after another on the same stack; after one that fails, or that leaves it unfit, on a new one.
async fn one_after_another(batch: &Batch) -> Vec<Played> {
    let mut played = Vec::new();
    let mut kept: Option<Arc<Bench>> = None;
    for part in &batch.parts {
        let bench = match kept.take() {
            Some(bench) => bench,
            None => match tokio::spawn(Bench::start(batch.profile, batch.pace)).await {
                Ok(bench) => Arc::new(bench),
                Err(error) => {
                    played.push(outcome(batch.profile, *part, Outcome::Fails(said(error))));
                    continue;
                }
            },
        };
        let result = result(&bench, *part).await;
        if result.is_ok() && part.pace() != Pace::Last {
            bench.rest().await;
            kept = Some(bench);
        } else {
            stop(Some(bench)).await;
        }
        played.push(outcome(batch.profile, *part, result.map_or_else(Outcome::Fails, Outcome::Passes)));
    }
    stop(kept).await;
    played
}

async fn stop(bench: Option<Arc<Bench>>) {
    if let Some(bench) = bench.and_then(Arc::into_inner) {
        bench.stop().await;
    }
}

/// Plays a part: how it holds, or what its assertion said that did not.
async fn result(bench: &Arc<Bench>, part: Part) -> Result<&'static str, String> {
    let bench = Arc::clone(bench);
    let task = tokio::spawn(async move { part.play(&bench).await });
    task.await.map_err(said)
}

/// What an assertion said that did not hold.
fn said(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else { return "stopped".to_owned() };
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default()
}
