//! Plays every scenario with every provider, a few stacks at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;
use transfer_domain::Provider;

use super::{Bench, PROFILES, Pace, Profile, SCENARIOS, Scenario};

/// How many stacks play at a time; each waits now and then for the machine.
const STACKS: usize = 3;
/// How many more play what waits for time-outs most of the time.
const HASTY_STACKS: usize = 2;

/// What came of one scenario with one provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It held.
    Passes,
    /// The provider cannot do it, for this reason.
    NotSupported(&'static str),
    /// It did not hold.
    Fails(String),
}

/// One scenario with one provider.
#[derive(Debug, Clone)]
pub struct Played {
    /// The provider.
    pub provider: Provider,
    /// Place of the scenario in the list.
    pub scenario: usize,
    /// What came of it.
    pub outcome: Outcome,
}

/// Scenarios of one provider that are played on one stack, by their places in the list.
#[derive(Debug)]
struct Batch {
    profile: &'static Profile,
    pace: Pace,
    places: Vec<usize>,
}

/// Plays what `chosen` wants (provider, scenario's name); the rest is left out.
pub async fn play(chosen: impl Fn(&str, &str) -> bool) -> Vec<Played> {
    let mut played = Vec::new();
    let (mut waiting, mut working) = (VecDeque::new(), VecDeque::new());
    for profile in PROFILES {
        let mut hasty = Batch { profile, pace: Pace::Hasty, places: Vec::new() };
        let mut usual = Vec::new();
        for (place, scenario) in SCENARIOS.iter().enumerate() {
            if !chosen(profile.provider.as_str(), scenario.name) {
                continue;
            }
            match (scenario.needs.iter().find_map(|need| need.unmet(profile)), scenario.pace) {
                (Some(why), _) => played.push(outcome(profile, place, Outcome::NotSupported(why))),
                (None, Pace::Hasty) => hasty.places.push(place),
                (None, Pace::Usual | Pace::Last) => usual.push(place),
            }
        }
        // What a stack is not fit for anything after comes last on it.
        usual.sort_by_key(|place| SCENARIOS[*place].pace);
        let second = usual.split_off(usual.len() / 2);
        waiting.push_back(hasty);
        working.extend([usual, second].map(|places| Batch { profile, pace: Pace::Usual, places }));
    }
    let mut players = JoinSet::new();
    // Waiting for time-outs goes on beside work.
    for (mut batches, stacks) in [(waiting, HASTY_STACKS), (working, STACKS)] {
        batches.retain(|batch| !batch.places.is_empty());
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

fn outcome(profile: &Profile, scenario: usize, outcome: Outcome) -> Played {
    Played { provider: profile.provider, scenario, outcome }
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
    for place in &batch.places {
        let scenario = &SCENARIOS[*place];
        let bench = match kept.take() {
            Some(bench) => bench,
            None => Arc::new(Bench::start(batch.profile, batch.pace).await),
        };
        let failure = failure(&bench, scenario).await;
        if failure.is_none() && scenario.pace != Pace::Last {
            bench.rest().await;
            kept = Some(bench);
        } else {
            stop(Some(bench)).await;
        }
        played.push(outcome(batch.profile, *place, failure.map_or(Outcome::Passes, Outcome::Fails)));
    }
    stop(kept).await;
    played
}

async fn stop(bench: Option<Arc<Bench>>) {
    if let Some(bench) = bench.and_then(Arc::into_inner) {
        bench.stop().await;
    }
}

/// Plays a scenario; what its assertion said if one did not hold.
async fn failure(bench: &Arc<Bench>, scenario: &'static Scenario) -> Option<String> {
    let bench = Arc::clone(bench);
    let task = tokio::spawn(async move { (scenario.play)(&bench).await });
    let error = task.await.err()?;
    let Ok(panic) = error.try_into_panic() else { return Some("stopped".to_owned()) };
    let text = panic.downcast_ref::<String>().cloned();
    Some(text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned())).unwrap_or_default())
}
