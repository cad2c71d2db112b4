//! The table of what each provider's adapter was held to.

use std::fmt::Write as _;

use super::{AWAITED, Outcome, PROFILES, Played, SCENARIOS};

const HEAD: &str = "# Conformance\n\n\
Each scenario is played through the whole service against the simulated contact centre, which is written from the\n\
provider's public documentation (no live tenant was called). A scenario looks at both sides: at the API and the\n\
events, and at what the contact centre has. The table is written by\n\
`UPDATE_CONFORMANCE=1 cargo test -p transfer-tests --test conformance`; the same test fails when it is out of date.\n";

/// The table as Markdown.
pub fn table(played: &[Played]) -> String {
    let mut text = HEAD.to_owned();
    if !AWAITED.is_empty() {
        text.push_str("\nNot held to the list yet:\n\n");
    }
    for (provider, why) in AWAITED {
        writeln!(text, "* {provider}: {why}").unwrap();
    }
    let mut group = "";
    for (place, scenario) in SCENARIOS.iter().enumerate() {
        if scenario.group != group {
            group = scenario.group;
            write!(text, "\n## {group}\n\n| scenario |").unwrap();
            for profile in PROFILES {
                write!(text, " {} |", profile.provider).unwrap();
            }
            write!(text, "\n|---|{}\n", "---|".repeat(PROFILES.len())).unwrap();
        }
        write!(text, "| {} |", scenario.name).unwrap();
        for profile in PROFILES {
            let one = played.iter().find(|one| one.provider == profile.provider && one.scenario == place);
            write!(text, " {} |", one.map_or("not played".to_owned(), |one| cell(&one.outcome))).unwrap();
        }
        text.push('\n');
    }
    text
}

fn cell(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passes => "passes".to_owned(),
        Outcome::NotSupported(why) => format!("not supported: {why}"),
        Outcome::Fails(_) => "FAILS".to_owned(),
    }
}
