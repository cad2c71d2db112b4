//! Many transfers at once, by a seed (`transfer_tests::simulation`).
//!
//! `SEED=n` runs that seed alone, `SIMULATION=rough` one kind alone, `SIMULATION_SESSIONS=10000` the large one. Seeds that
//! once failed stand in `tests/simulation.seeds` and are run first.

#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::indexing_slicing, reason = "a test may")]

use chrono::TimeDelta;
use transfer_tests::simulation::{Figures, Outcome, Plan, simulate};

/// How many transfers one world has.
const WORLD: usize = 100;

fn number(name: &str) -> Option<u64> {
    text(name).map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number")))
}

#[expect(clippy::disallowed_methods, reason = "the test's own switches, not configuration of the service")]
fn text(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The seeds that once failed with a kind of plan, each with the number of its transfers.
fn kept(kind: &str) -> Vec<(u64, usize)> {
    let lines = include_str!("../simulation.seeds").lines();
    let words = lines.map(|line| line.split_whitespace().collect::<Vec<_>>());
    let ours = words.filter(|words| words.first() == Some(&kind));
    ours.map(|words| (words[1].parse().unwrap(), words[2].parse().unwrap())).collect()
}

/// Of one seed that somebody names, a few say nothing.
fn is_a_sample(number_of: usize) -> bool {
    number("SEED").is_none() || number_of >= 100
}

/// Runs the seeds of a kind until one fails; `few` transfers where nobody asks for more.
async fn run(kind: &str, plan: impl Fn(u64, usize) -> Plan, few: usize) -> Option<Figures> {
    if text("SIMULATION").is_some_and(|wanted| wanted != kind) {
        return None;
    }
    let many = number("SIMULATION_SESSIONS").and_then(|many| usize::try_from(many).ok());
    let (world, worlds) = many.map_or((few, 1), |many| (WORLD.min(many), many.div_ceil(WORLD)));
    let seeds: Vec<_> = match number("SEED") {
        Some(seed) => vec![(seed, world)],
        None => kept(kind).into_iter().chain((1..).map(|seed| (seed, world)).take(worlds)).collect(),
    };
    let mut figures = Figures::default();
    for (seed, world) in seeds {
        let outcome = Box::pin(simulate(plan(seed, world))).await;
        figures.add(&outcome.figures);
        hold(kind, seed, world, &outcome);
    }
    println!("{kind}: {figures}");
    Some(figures)
}

fn hold(kind: &str, seed: u64, world: usize, outcome: &Outcome) {
    if let Some(file) = text("SIMULATION_TRACE") {
        std::fs::write(file, outcome.trace.join("\n")).unwrap();
    }
    let how = format!("SIMULATION={kind} SEED={seed} SIMULATION_SESSIONS={world}");
    assert!(outcome.wrong.is_empty(), "{how}:\n{}", outcome.wrong.join("\n"));
}

#[tokio::test]
async fn whatever_goes_wrong_nothing_is_lost_doubled_swapped_or_left_open() {
    run("rough", Plan::rough, 16).await;
}

#[tokio::test]
async fn a_session_ends_at_its_expiry_and_everybody_is_told_within_seconds() {
    let Some(figures) = run("punctual", Plan::punctual, 8).await else { return };
    if !is_a_sample(figures.to_record.len()) {
        return;
    }
    for (what, times, most) in [("record", &figures.to_record, 5), ("event", &figures.to_event, 10)] {
        let late = Figures::percentile(times, 99);
        assert!(!times.is_empty() && late <= TimeDelta::seconds(most), "{what}: {late}, {figures}");
    }
}

#[tokio::test]
async fn without_the_watch_native_ttl_loses_nothing() {
    run("unwatched", Plan::unwatched, 8).await;
}

#[tokio::test]
async fn of_lost_callbacks_ticks_and_minutes_nothing_stays_stuck() {
    let Some(figures) = run("lossy", Plan::lossy, 32).await else { return };
    let longest = Figures::percentile(&figures.stuck, 100);
    assert!(!is_a_sample(0) || !figures.stuck.is_empty(), "nothing was lost that had to be found: {figures}");
    assert!(longest <= TimeDelta::minutes(10), "{longest}, {figures}");
    // The longest lifetime, which a last message may have begun anew; of a call, two looks of who is told of its silence.
    let unasked = Figures::percentile(&figures.unasked, 100);
    assert!(unasked <= TimeDelta::minutes(2 * 120), "{unasked}, {figures}");
}

#[tokio::test]
async fn an_outage_of_five_minutes_ends_doubles_and_loses_nothing() {
    let Some(figures) = run("outage", Plan::outage, 8).await else { return };
    let by_itself: usize = figures
        .ends
        .iter()
        .filter(|(reason, _)| !matches!(reason.as_str(), "agent_ended" | "cancelled_in_queue"))
        .map(|(_, count)| count)
        .sum();
    assert_eq!(by_itself, 0, "{figures}");
    assert_eq!(figures.counts.get("messages failed").copied().unwrap_or_default(), 0, "{figures}");
}
