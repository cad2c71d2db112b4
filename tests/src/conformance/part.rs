//! Everything that is played with a profile: the common list, the parts of messages, the rows of its status map, its
//! settings.

use super::{Alternative, Bench, Content, Pace, Profile, Row, SCENARIOS, Scenario};

/// One thing that is played.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// Of the list that all have in common.
    Scenario(&'static Scenario),
    /// Of what messages consist of.
    Content(Content),
    /// Of the status map.
    Row(&'static Row),
    /// Of the settings.
    Alternative(&'static Alternative),
}

impl Part {
    /// All of a profile, in their order.
    pub fn all(profile: &'static Profile) -> impl Iterator<Item = Self> {
        let rows = profile.rows.iter().map(Self::Row);
        let alternatives = profile.alternatives.iter().map(Self::Alternative);
        let contents = Content::all().map(Self::Content);
        SCENARIOS.iter().map(Self::Scenario).chain(contents).chain(rows).chain(alternatives)
    }

    /// The heading that it stands under.
    pub fn group(&self) -> &'static str {
        match self {
            Self::Scenario(scenario) => scenario.group,
            Self::Content(_) => "Content",
            Self::Row(_) => "Status map",
            Self::Alternative(_) => "Settings",
        }
    }

    /// What is promised.
    pub fn name(&self) -> String {
        match self {
            Self::Scenario(scenario) => scenario.name.to_owned(),
            Self::Content(content) => content.name(),
            Self::Row(row) => format!("{}, {}: {}", row.from.word(), row.signal, row.becomes),
            Self::Alternative(alternative) => format!("{}: {}", alternative.setting, alternative.effect),
        }
    }

    /// How it wants its stack.
    pub fn pace(&self) -> Pace {
        match self {
            Self::Scenario(scenario) => scenario.pace,
            Self::Content(_) | Self::Row(_) | Self::Alternative(_) => Pace::Usual,
        }
    }

    /// Why a provider cannot do it, if it cannot.
    pub fn unmet(&self, profile: &Profile) -> Option<&'static str> {
        match self {
            Self::Scenario(scenario) => scenario.needs.iter().find_map(|need| need.unmet(profile)),
            Self::Content(content) => content.unmet(profile),
            Self::Row(_) => None,
            Self::Alternative(alternative) => alternative.unseen,
        }
    }

    /// Plays it, and tells how it holds; panics if it does not.
    pub async fn play(&self, bench: &Bench) -> &'static str {
        match self {
            Self::Scenario(scenario) => (scenario.play)(bench).await,
            Self::Content(content) => return content.play(bench).await,
            Self::Row(row) => row.play(bench).await,
            Self::Alternative(alternative) => alternative.play(bench).await,
        }
        "passes"
    }
}
