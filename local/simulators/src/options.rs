//! How a simulator behaves beside the wire: speed, people, words.

use std::time::Duration;

use serde::Serialize;

use crate::{script::Script, timer::Timer};

/// Delays of a simulator. All of them pass through the [`Timer`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Between two acts of the scripted human.
    pub step: Duration,
    /// Between two tries of a callback, where the provider repeats at all (Genesys: 5 s).
    pub retry_gap: Duration,
    /// How long a `reorder` fault waits for further callbacks before it sends what it has.
    pub reorder_patience: Duration,
}

impl Pace {
    /// For people: a representative who takes a moment, retries as the vendor documents.
    pub const INTERACTIVE: Self = Self {
        step: Duration::from_millis(700),
        retry_gap: Duration::from_secs(5),
        reorder_patience: Duration::from_secs(10),
    };
    /// For tests: everything within milliseconds.
    pub const BRISK: Self = Self {
        step: Duration::from_millis(10),
        retry_gap: Duration::from_millis(50),
        reorder_patience: Duration::from_millis(500),
    };
}

/// A human of the contact centre.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Representative {
    /// The provider's id of the person.
    pub id: String,
    /// The display name.
    pub name: String,
}

/// What the scripted human and the contact centre's flow say.
#[derive(Clone, Debug)]
pub struct Lines {
    /// Sent by the flow (not a human) as soon as the conversation is accepted; `None` sends nothing.
    pub flow_greeting: Option<String>,
    /// The representative's first message.
    pub greeting: String,
    /// The representative's last message.
    pub farewell: String,
    /// Asked after the representative has left (script `wrap_up`), where the provider can.
    pub survey: String,
}

impl Default for Lines {
    fn default() -> Self {
        Self {
            flow_greeting: None,
            greeting: "Hello, this is Representative One. How can I help?".to_owned(),
            farewell: "Glad to help. Goodbye!".to_owned(),
            survey: "How satisfied were you with this conversation, from 1 to 5?".to_owned(),
        }
    }
}

/// Everything that is not a fact of the provider's contract.
#[derive(Clone, Debug)]
pub struct Options {
    /// Script of new conversations until another is chosen.
    pub script: Script,
    /// Delays.
    pub pace: Pace,
    /// Clock and waiting.
    pub timer: Timer,
    /// Words.
    pub lines: Lines,
    /// The contact message after whose answer the representative leaves.
    pub answers_before_leaving: u32,
    /// First and second representative; the second takes over after a transfer.
    pub representatives: [Representative; 2],
    /// Seed of ids and tokens.
    pub seed: u64,
}

impl Options {
    /// For people who play with the local stack.
    pub fn interactive() -> Self {
        Self::with_pace(Pace::INTERACTIVE)
    }

    /// For tests.
    pub fn brisk() -> Self {
        Self::with_pace(Pace::BRISK)
    }

    /// The same options with another script for new conversations.
    #[must_use]
    pub fn with_script(mut self, script: Script) -> Self {
        self.script = script;
        self
    }

    /// The representatives take turns: 0 is the first, 1 the second, 2 the first again.
    pub(crate) fn representative(&self, turn: usize) -> &Representative {
        let [first, second] = &self.representatives;
        if turn.is_multiple_of(2) { first } else { second }
    }

    fn with_pace(pace: Pace) -> Self {
        let person = |id: &str, name: &str| Representative { id: id.to_owned(), name: name.to_owned() };
        Self {
            script: Script::Greet,
            pace,
            timer: Timer::default(),
            lines: Lines::default(),
            answers_before_leaving: 5,
            representatives: [
                person("8ce2f903-11aa-4c1e-9a35-6a5f3c1d2e01", "Representative One"),
                person("8ce2f903-11aa-4c1e-9a35-6a5f3c1d2e02", "Representative Two"),
            ],
            seed: seeded_ids::fresh_seed(),
        }
    }
}
