//! Every adapter against its contract, by one list of scenarios, and the table of what holds.
//!
//! `CONFORMANCE=genesys` or `CONFORMANCE="servicenow: a request opens"` plays only what starts like that.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use transfer_domain::Provider;
use transfer_providers::Adapters;
use transfer_tests::conformance::{AWAITED, Outcome, PROFILES, SCENARIOS, play, table};

fn document() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs/conformance.md")
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the test's own switches, not configuration of the service")]
async fn every_adapter_keeps_its_contract_and_the_table_says_so() {
    let wanted = std::env::var("CONFORMANCE").unwrap_or_default();
    let held = |provider: &str| PROFILES.iter().any(|profile| profile.provider.as_str() == provider);
    let played = play(|provider, scenario| {
        let is_meant = !wanted.is_empty() || held(provider);
        is_meant && format!("{provider}: {scenario}").starts_with(&wanted)
    })
    .await;
    assert!(!played.is_empty(), "nothing starts like {wanted:?}");
    let failures: Vec<String> = played
        .iter()
        .filter_map(|one| match &one.outcome {
            Outcome::Fails(why) => Some(format!("{}: {}\n    {why}", one.provider, SCENARIOS[one.scenario].name)),
            Outcome::Passes | Outcome::NotSupported(_) => None,
        })
        .collect();
    assert!(failures.is_empty(), "{} did not hold:\n{}", failures.len(), failures.join("\n"));
    if !wanted.is_empty() {
        return;
    }
    let table = table(&played);
    if std::env::var_os("UPDATE_CONFORMANCE").is_some() {
        std::fs::create_dir_all(document().parent().unwrap()).unwrap();
        std::fs::write(document(), &table).unwrap();
    }
    let kept = std::fs::read_to_string(document()).unwrap_or_default();
    assert!(kept == table, "docs/conformance.md is out of date: run this test with UPDATE_CONFORMANCE=1");
}

#[test]
fn every_provider_with_an_adapter_is_held_to_the_list_or_said_to_be_awaited() {
    let adapters: BTreeSet<Provider> = Adapters::inbound().providers().collect();
    let held = PROFILES.iter().map(|profile| profile.provider);
    let profiles: Vec<Provider> = held.chain(AWAITED.iter().map(|one| one.0)).collect();
    assert_eq!(profiles.iter().copied().collect::<BTreeSet<_>>(), adapters);
    assert_eq!(profiles.len(), adapters.len(), "each once");
}

#[test]
fn every_scenario_has_a_name_of_its_own() {
    let names: BTreeSet<(&str, &str)> = SCENARIOS.iter().map(|scenario| (scenario.group, scenario.name)).collect();
    assert_eq!(names.len(), SCENARIOS.len());
    assert!(SCENARIOS.len() >= 40);
}
