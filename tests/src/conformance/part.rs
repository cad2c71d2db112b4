//! Everything that is played with a profile: the common list, the rows of its status map, its settings.

use super::{Alternative, Bench, Pace, Profile, Row, SCENARIOS, Scenario};

/// One thing that is played.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    /// Of the list that all have in common.
    Scenario(&'static Scenario),
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
        SCENARIOS.iter().map(Self::Scenario).chain(rows).chain(alternatives)
    }

    /// The heading that it stands under.
    pub fn group(&self) -> &'static str {
        match self {
            Self::Scenario(scenario) => scenario.group,
            Self::Row(_) => "Status map",
            Self::Alternative(_) => "Settings",
        }
    }

    /// What is promised.
    pub fn name(&self) -> String {
        match self {
            Self::Scenario(scenario) => scenario.name.to_owned(),
            Self::Row(row) => format!("{}, {}: {}", row.from.word(), row.signal, row.becomes),
            Self::Alternative(alternative) => format!("{}: {}", alternative.setting, alternative.effect),
        }
    }

    /// How it wants its stack.
    pub fn pace(&self) -> Pace {
        match self {
            Self::Scenario(scenario) => scenario.pace,
            Self::Row(_) | Self::Alternative(_) => Pace::Usual,
        }
    }

    /// Why a provider cannot do it, if it cannot.
    pub fn unmet(&self, profile: &Profile) -> Option<&'static str> {
        match self {
            Self::Scenario(scenario) => scenario.needs.iter().find_map(|need| need.unmet(profile)),
            Self::Row(_) => None,
            Self::Alternative(alternative) => alternative.unseen,
        }
    }

    /// Plays it; panics if it does not hold.
    pub async fn play(&self, bench: &Bench) {
        match self {
            Self::Scenario(scenario) => (scenario.play)(bench).await,
            Self::Row(row) => row.play(bench).await,
            Self::Alternative(alternative) => alternative.play(bench).await,
        }
    }
}
