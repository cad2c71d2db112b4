//! Plays every scenario with every provider, a few stacks at a time.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use tokio::task::JoinSet;

use super::{Bench, PROFILES, Pace, Profile, SCENARIOS, Scenario, TRIED};

/// How many stacks play at a time: more than processors, because some only wait for a time-out.
const STACKS: usize = 4;

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
    /// The provider's word.
    pub provider: &'static str,
    /// Place of the scenario in the list.
    pub scenario: usize,
    /// What came of it.
    pub outcome: Outcome,
}

/// A scenario to play with a provider.
type Turn = (&'static Profile, usize);

/// Plays what `chosen` wants (provider, scenario's name); the rest is left out.
pub async fn play(chosen: impl Fn(&str, &str) -> bool) -> Vec<Played> {
    let mut played = Vec::new();
    let mut turns: VecDeque<Turn> = VecDeque::new();
    for profile in PROFILES.iter().chain(TRIED) {
        for (place, scenario) in SCENARIOS.iter().enumerate() {
            if !chosen(profile.provider.as_str(), scenario.name) {
                continue;
            }
            match scenario.needs.iter().find_map(|need| need.unmet(profile)) {
                Some(why) => played.push(outcome(profile, place, Outcome::NotSupported(why))),
                None => turns.push_back((profile, place)),
            }
        }
    }
    // Those that wait for a time-out first, beside those that work.
    turns.make_contiguous().sort_by_key(|(profile, place)| (SCENARIOS[*place].pace, profile.provider.as_str()));
    let turns = Arc::new(Mutex::new(turns));
    let mut players = JoinSet::new();
    for _ in 0..STACKS {
        players.spawn(player(Arc::clone(&turns)));
    }
    while let Some(one) = players.join_next().await {
        played.extend(one.unwrap());
    }
    played
}

fn outcome(profile: &Profile, scenario: usize, outcome: Outcome) -> Played {
    Played { provider: profile.provider.as_str(), scenario, outcome }
}

/// Plays one scenario after another, on the same stack as long as it fits.
async fn player(turns: Arc<Mutex<VecDeque<Turn>>>) -> Vec<Played> {
    let mut played = Vec::new();
    let mut kept: Option<Arc<Bench>> = None;
    loop {
        let turn = turns.lock().unwrap().pop_front();
        let Some((profile, place)) = turn else { break };
        let scenario = &SCENARIOS[place];
        let fits = |bench: &Arc<Bench>| scenario.pace == Pace::Usual && bench.provider() == profile.provider;
        let bench = match kept.take() {
            Some(bench) if fits(&bench) => bench,
            other => {
                stop(other).await;
                Arc::new(Bench::start(profile, scenario.pace).await)
            }
        };
        let failure = failure(&bench, scenario).await;
        if failure.is_none() && scenario.pace == Pace::Usual {
            bench.rest().await;
            kept = Some(bench);
        } else {
            stop(Some(bench)).await;
        }
        played.push(outcome(profile, place, failure.map_or(Outcome::Passes, Outcome::Fails)));
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
