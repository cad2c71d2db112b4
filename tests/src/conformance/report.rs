//! The table of what each provider's adapter was held to.

use std::fmt::Write as _;

use super::{Content, Outcome, PROFILES, Part, Played, Profile, SCENARIOS};

const HEAD: &str = "# Conformance\n\n\
Each scenario is played through the whole service against the simulated contact centre, which is written from the\n\
provider's public documentation (no live tenant was called). A scenario looks at both sides: at the API and the\n\
events, and at what the contact centre has. A provider has a column for each of its products and for each way of its\n\
callbacks. The table is written by `UPDATE_CONFORMANCE=1 cargo test -p transfer-tests --test conformance`; the same\n\
test fails when it is out of date.\n";

/// The table as Markdown.
pub fn table(played: &[Played]) -> String {
    let mut text = HEAD.to_owned();
    summary(&mut text, played);
    let mut group = "";
    for scenario in SCENARIOS {
        if scenario.group != group {
            group = scenario.group;
            write!(text, "\n## {group}\n").unwrap();
            heads(&mut text, "scenario");
        }
        row(&mut text, played, Part::Scenario(scenario));
    }
    contents(&mut text, played);
    status_maps(&mut text, played);
    settings(&mut text, played);
    text
}

/// The head of a table with a column for each profile.
fn heads(text: &mut String, first: &str) {
    write!(text, "\n| {first} |").unwrap();
    for profile in PROFILES {
        write!(text, " {} |", profile.name).unwrap();
    }
    write!(text, "\n|---|{}\n", "---|".repeat(PROFILES.len())).unwrap();
}

fn row(text: &mut String, played: &[Played], part: Part) {
    write!(text, "| {} |", part.name()).unwrap();
    for profile in PROFILES {
        write!(text, " {} |", cell(played, profile, part)).unwrap();
    }
    text.push('\n');
}

fn contents(text: &mut String, played: &[Played]) {
    text.push_str(
        "\n## Content\n\nEach part of a message on its way: `native` as what it is, `text` in words that say it, – where the other side\n\
         has no such thing.\n",
    );
    heads(text, "part");
    for content in Content::all() {
        row(text, played, Part::Content(content));
    }
}

/// How many parts hold, a line a profile.
fn summary(text: &mut String, played: &[Played]) {
    text.push_str("\n| | passes | not supported |\n|---|---|---|\n");
    for profile in PROFILES {
        let of_profile = || played.iter().filter(|one| one.profile == profile.name);
        let passes = of_profile().filter(|one| matches!(one.outcome, Outcome::Passes(_))).count();
        let not_supported = of_profile().filter(|one| matches!(one.outcome, Outcome::NotSupported(_))).count();
        writeln!(text, "| {} | {passes} | {not_supported} |", profile.name).unwrap();
    }
}

fn status_maps(text: &mut String, played: &[Played]) {
    text.push_str("\n## Status map\n\nThe rows of \"Status\" in each [contract](contracts/README.md).\n");
    for profile in PROFILES.iter().filter(|profile| !profile.rows.is_empty()) {
        write!(text, "\n### {}\n\n| in status | signal | status | |\n|---|---|---|---|\n", profile.name).unwrap();
        for row in profile.rows {
            let cell = cell(played, profile, Part::Row(row));
            writeln!(text, "| {} | {} | {} | {cell} |", row.from.word(), row.signal, row.becomes).unwrap();
        }
    }
}

fn settings(text: &mut String, played: &[Played]) {
    text.push_str(
        "\n## Settings\n\nThe alternatives of each provider's settings, each with a contact centre that it fits.\n",
    );
    for profile in PROFILES.iter().filter(|profile| !profile.alternatives.is_empty()) {
        write!(text, "\n### {}\n\n| setting | what is seen of it | |\n|---|---|---|\n", profile.name).unwrap();
        for alternative in profile.alternatives {
            let cell = cell(played, profile, Part::Alternative(alternative));
            writeln!(text, "| `{}` | {} | {cell} |", alternative.setting, alternative.effect).unwrap();
        }
    }
}

fn cell(played: &[Played], profile: &Profile, part: Part) -> String {
    let is_it = |one: &&Played| {
        one.profile == profile.name && one.part.group() == part.group() && one.part.name() == part.name()
    };
    match played.iter().find(is_it).map(|one| &one.outcome) {
        None => "not played".to_owned(),
        Some(Outcome::Passes(how)) => (*how).to_owned(),
        Some(Outcome::NotSupported(why)) if *why == Content::NOTHING => (*why).to_owned(),
        Some(Outcome::NotSupported(why)) => format!("not supported: {why}"),
        Some(Outcome::Fails(_)) => "FAILS".to_owned(),
    }
}
