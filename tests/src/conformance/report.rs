//! The table of what each provider's adapter was held to.

use std::fmt::Write as _;

use super::{Content, Outcome, PROFILES, Part, Played, Profile, SCENARIOS};

const HEAD: &str = "# Conformance\n\n\
Each scenario is played through the whole service against the simulated contact centre, which is written from the\n\
provider's public documentation (no live tenant was called). A scenario looks at both sides: at the API and the\n\
events, and at what the contact centre has. A provider has a column for each of its products and for each way of its\n\
callbacks. Where a cell has a number, the provider has no such thing, and the list under the table says why. The same\n\
as data: [`conformance.csv`](conformance.csv). Both are written by\n\
`UPDATE_CONFORMANCE=1 cargo test --workspace --test conformance`; the same test fails when they are out of date.\n";

/// The table as Markdown.
pub fn table(played: &[Played]) -> String {
    let mut text = HEAD.to_owned();
    summary(&mut text, played);
    let mut group = "";
    let mut reasons = Reasons::default();
    for scenario in SCENARIOS {
        if scenario.group != group {
            group = scenario.group;
            reasons.list(&mut text);
            write!(text, "\n## {group}\n").unwrap();
            heads(&mut text, "scenario");
        }
        row(&mut text, played, Part::Scenario(scenario), &mut reasons);
    }
    reasons.list(&mut text);
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

fn row(text: &mut String, played: &[Played], part: Part, reasons: &mut Reasons) {
    write!(text, "| {} |", part.name()).unwrap();
    for profile in PROFILES {
        write!(text, " {} |", reasons.short(&cell(played, profile, part))).unwrap();
    }
    text.push('\n');
}

/// Why something is not supported, each reason once under its table.
#[derive(Default)]
struct Reasons(Vec<String>);

impl Reasons {
    fn short(&mut self, cell: &str) -> String {
        let Some(why) = cell.strip_prefix(NOT_SUPPORTED) else {
            return if cell == "passes" { "✓".to_owned() } else { cell.to_owned() };
        };
        let at = self.0.iter().position(|known| known == why).unwrap_or_else(|| {
            self.0.push(why.to_owned());
            self.0.len() - 1
        });
        format!("({})", at + 1)
    }

    fn list(&mut self, text: &mut String) {
        for (at, why) in self.0.drain(..).enumerate() {
            let before = if at == 0 { "\n" } else { "" };
            writeln!(text, "{before}{}. {why}", at + 1).unwrap();
        }
    }
}

/// The same as lines of values: group, what was played, profile, outcome, and why it is not supported.
pub fn values(played: &[Played]) -> String {
    let quoted = |value: &str| format!("\"{}\"", value.replace('"', "\"\""));
    let mut text = "group,part,profile,outcome,reason\n".to_owned();
    for profile in PROFILES {
        for part in Part::all(profile) {
            let cell = cell(played, profile, part);
            let (outcome, reason) = match cell.strip_prefix(NOT_SUPPORTED) {
                Some(why) => ("not supported", why),
                None => (cell.as_str(), ""),
            };
            let line = [part.group(), &part.name(), profile.name, outcome, reason].map(quoted);
            writeln!(text, "{}", line.join(",")).unwrap();
        }
    }
    text
}

fn contents(text: &mut String, played: &[Played]) {
    text.push_str(
        "\n## Content\n\nEach part of a message on its way: `native` as what it is, `text` in words that say it, – where the other side\n\
         has no such thing.\n",
    );
    heads(text, "part");
    let mut reasons = Reasons::default();
    for content in Content::all() {
        row(text, played, Part::Content(content), &mut reasons);
    }
    reasons.list(text);
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

const NOT_SUPPORTED: &str = "not supported: ";

fn cell(played: &[Played], profile: &Profile, part: Part) -> String {
    let is_it = |one: &&Played| {
        one.profile == profile.name && one.part.group() == part.group() && one.part.name() == part.name()
    };
    match played.iter().find(is_it).map(|one| &one.outcome) {
        None => "not played".to_owned(),
        Some(Outcome::Passes(how)) => (*how).to_owned(),
        Some(Outcome::NotSupported(why)) if *why == Content::NOTHING => (*why).to_owned(),
        Some(Outcome::NotSupported(why)) => format!("{NOT_SUPPORTED}{why}"),
        Some(Outcome::Fails(_)) => "FAILS".to_owned(),
    }
}
