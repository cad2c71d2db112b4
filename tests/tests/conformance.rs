//! Every adapter against its contract, by one list of scenarios, and the table of what holds.
//!
//! `CONFORMANCE=genesys` or `CONFORMANCE="five9 classic: a request opens"` plays only what starts like that;
//! several beginnings stand with a `|` between them.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test may")]

use std::collections::BTreeSet;
use std::path::PathBuf;

use transfer_domain::{PartKind, Provider};
use transfer_providers::{Adapters, Carried};
use transfer_tests::conformance::{Outcome, PROFILES, Part, SCENARIOS, play, table, values};

fn document(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join("docs").join(name)
}

#[tokio::test(flavor = "multi_thread")]
#[expect(clippy::disallowed_methods, reason = "the test's own switches, not configuration of the service")]
async fn every_adapter_keeps_its_contract_and_the_table_says_so() {
    let wanted = std::env::var("CONFORMANCE").unwrap_or_default();
    let is_wanted = |name: &str| wanted.split('|').any(|start| name.starts_with(start));
    let played = play(|profile, part| is_wanted(&format!("{profile}: {part}"))).await;
    assert!(!played.is_empty(), "nothing starts like {wanted:?}");
    let failures: Vec<String> = played
        .iter()
        .filter_map(|one| match &one.outcome {
            Outcome::Fails(why) => Some(format!("{}: {}\n    {why}", one.profile, one.part.name())),
            Outcome::Passes(_) | Outcome::NotSupported(_) => None,
        })
        .collect();
    assert!(failures.is_empty(), "{} did not hold:\n{}", failures.len(), failures.join("\n"));
    if !wanted.is_empty() {
        return;
    }
    for (name, now) in [("conformance.md", table(&played)), ("conformance.csv", values(&played))] {
        if std::env::var_os("UPDATE_CONFORMANCE").is_some() {
            std::fs::write(document(name), &now).unwrap();
        }
        let kept = std::fs::read_to_string(document(name)).unwrap_or_default();
        assert!(kept == now, "docs/{name} is out of date: run this test with UPDATE_CONFORMANCE=1");
    }
}

#[test]
fn every_provider_with_an_adapter_is_held_to_the_list() {
    let adapters: BTreeSet<Provider> = Adapters::inbound().providers().collect();
    let held: BTreeSet<Provider> = PROFILES.iter().map(|profile| profile.provider).collect();
    assert_eq!(held, adapters);
    let names: BTreeSet<&str> = PROFILES.iter().map(|profile| profile.name).collect();
    assert_eq!(names.len(), PROFILES.len(), "each once");
    assert!(PROFILES.iter().all(|profile| profile.name.starts_with(profile.provider.as_str())));
}

#[test]
fn everything_that_is_played_has_a_name_of_its_own() {
    for profile in PROFILES {
        let parts: Vec<Part> = Part::all(profile).collect();
        let names: BTreeSet<(&str, String)> = parts.iter().map(|part| (part.group(), part.name())).collect();
        assert_eq!(names.len(), parts.len(), "{}", profile.name);
    }
}

#[test]
fn each_part_that_reaches_the_contact_has_a_sample_and_no_other_has_one() {
    for profile in PROFILES {
        let samples: Vec<PartKind> = profile.speech.samples.iter().map(|sample| sample.kind).collect();
        let carried = profile.capabilities().content_in;
        let kinds = PartKind::ALL.into_iter().filter(|kind| carried.of(*kind) != Carried::No);
        assert_eq!(samples, kinds.collect::<Vec<_>>(), "{}", profile.name);
    }
}

#[test]
fn no_provider_is_held_to_less_than_forty_scenarios() {
    for profile in PROFILES {
        let supported = SCENARIOS.iter().filter(|one| Part::Scenario(one).unmet(profile).is_none()).count();
        assert!(supported >= 40, "{}: {supported}", profile.name);
    }
}
