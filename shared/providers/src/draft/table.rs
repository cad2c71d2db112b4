//! The table of an integration's fields.

use serde_json::{Map, Value, json};
use url::Url;

use super::{Given, MAX_SECS};
use crate::HostPolicy;

/// All fields of a provider's integrations.
#[derive(Debug, Clone, Copy)]
pub struct Fields {
    /// What is stored and shown, in the order of the documentation.
    pub settings: &'static [Setting],
    /// What is kept secret.
    pub credentials: &'static [Credential],
    /// Where at the contact centre our addresses and secrets are entered, and in which case.
    pub enter: &'static [(When, &'static str)],
}

/// A field that is no secret.
#[derive(Debug, Clone, Copy)]
pub struct Setting {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    pub(super) preset: Preset,
    pub(super) required: When,
    pub(super) about: &'static str,
    /// Another word for one of the setting's words.
    pub(super) alias: Option<(&'static str, &'static str)>,
    pub(super) warnings: &'static [(When, &'static str)],
}

/// What a setting may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// True or false.
    Switch,
    /// A whole number within bounds.
    Number {
        /// The least.
        min: u64,
        /// The greatest.
        max: u64,
        /// Zero too, as "not at all".
        or_zero: bool,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// A text of 1 to `max` characters.
    Text {
        /// How long, in characters.
        max: usize,
        /// Of what.
        form: Form,
    },
    /// An address of the provider's.
    Url {
        /// Where it may be: each of them and everything below it.
        domains: &'static [&'static str],
        /// Reads it, or says the rule.
        read: fn(&str, HostPolicy, &[&str]) -> Result<Url, String>,
    },
    /// A partner event source of EventBridge: two segments behind the prefix. It is listened to while it is required.
    Source {
        /// What every one of the vendor's starts with.
        prefix: &'static str,
        /// What stands behind it, in words.
        tail: &'static str,
        /// Which characters the segments have beside letters and digits.
        further: &'static str,
    },
    /// A list.
    List {
        /// What each item is.
        of: &'static Kind,
        /// How few.
        min: usize,
        /// How many.
        max: usize,
        /// None twice.
        distinct: bool,
    },
    /// An object of the customer's own names.
    Map {
        /// What a name is.
        names: &'static Kind,
        /// What stands under it.
        of: &'static Kind,
        /// How many.
        max: usize,
    },
    /// An object that only its reader knows.
    Object {
        /// What it is, behind "must be".
        says: &'static str,
        /// Whether it is; of what cannot be read, where (a JSON pointer) and which rule.
        fits: fn(&Value) -> Result<bool, (String, String)>,
    },
}

/// What a text is made of.
#[derive(Debug, Clone, Copy)]
pub enum Form {
    /// Anything at all.
    Free,
    /// Not only blanks.
    Words,
    /// No control characters.
    Line,
    /// Letters, digits and these.
    Of(&'static str),
    /// The name of a header.
    Header,
    /// A JSON pointer to something within.
    Pointer,
    /// A grammar of the provider's.
    Own {
        /// What it is, behind "must be".
        says: &'static str,
        /// Whether a text is.
        fits: fn(&str) -> bool,
    },
}

/// What a setting is when it is left out.
#[derive(Debug, Clone, Copy)]
pub enum Preset {
    /// Not there.
    None,
    /// A switch.
    Switch(bool),
    /// A number.
    Number(u64),
    /// A text or word.
    Text(&'static str),
    /// A list of texts or words.
    Texts(&'static [&'static str]),
    /// A list of numbers.
    Numbers(&'static [u64]),
    /// An object of texts or words.
    Map(&'static [(&'static str, &'static str)]),
    /// By the word of another setting, which stands before it.
    By(&'static str, &'static [(&'static str, &'static str)]),
}

/// A condition on the other fields.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// In no case.
    Never,
    /// In every case.
    Always,
    /// While the setting is one of these words; a switch is `true` or `false`.
    Is(&'static str, &'static [&'static str]),
    /// While the setting or credential is there.
    Has(&'static str),
    /// While it does not hold.
    Not(&'static When),
    /// While all hold.
    All(&'static [When]),
    /// While one holds, with words for it.
    Any(&'static str, &'static [When]),
}

/// A field that is a secret. Its value never comes out.
#[derive(Debug, Clone, Copy)]
pub struct Credential {
    pub(super) name: &'static str,
    pub(super) required: When,
    /// When it may be there at all.
    pub(super) taken: When,
    /// Callbacks are checked by it, rather than calls made with it.
    pub(super) inbound: bool,
    /// The fewest characters.
    pub(super) min: usize,
    /// The labels of PEM documents that it may be; none if it is no PEM.
    pub(super) pem: &'static [&'static str],
    pub(super) about: &'static str,
}

impl Setting {
    /// A setting that is not there by default.
    pub const fn new(name: &'static str, kind: Kind, about: &'static str) -> Self {
        Self { name, kind, preset: Preset::None, required: When::Never, about, alias: None, warnings: &[] }
    }

    /// True or false.
    pub const fn switch(name: &'static str, preset: bool, about: &'static str) -> Self {
        Self::new(name, Kind::Switch, about).preset(Preset::Switch(preset))
    }

    /// A whole number.
    pub const fn number(name: &'static str, preset: u64, min: u64, max: u64, about: &'static str) -> Self {
        Self::new(name, Kind::Number { min, max, or_zero: false }, about).preset(Preset::Number(preset))
    }

    /// Seconds of a timer, up to a day, which is not set by default: then what holds at all contact centres does.
    pub const fn timer(name: &'static str, min: u64, about: &'static str) -> Self {
        Self::new(name, Kind::Number { min, max: MAX_SECS, or_zero: false }, about)
    }

    /// One of some words.
    pub const fn word(
        name: &'static str,
        preset: &'static str,
        words: &'static [&'static str],
        about: &'static str,
    ) -> Self {
        Self::new(name, Kind::Word(words), about).preset(Preset::Text(preset))
    }

    /// A line of text.
    pub const fn line(name: &'static str, max: usize, about: &'static str) -> Self {
        Self::text(name, max, Form::Line, about)
    }

    /// A text of a form.
    pub const fn text(name: &'static str, max: usize, form: Form, about: &'static str) -> Self {
        Self::new(name, Kind::Text { max, form }, about)
    }

    /// The default.
    #[must_use]
    pub const fn preset(self, preset: Preset) -> Self {
        Self { preset, ..self }
    }

    /// The default, a text.
    #[must_use]
    pub const fn or(self, preset: &'static str) -> Self {
        self.preset(Preset::Text(preset))
    }

    /// Must be there.
    #[must_use]
    pub const fn required(self, when: When) -> Self {
        Self { required: when, ..self }
    }

    /// Another word for one of its words.
    #[must_use]
    pub const fn alias(self, other: &'static str, word: &'static str) -> Self {
        Self { alias: Some((other, word)), ..self }
    }

    /// What an operator should know while it is as it is.
    #[must_use]
    pub const fn warns(self, warnings: &'static [(When, &'static str)]) -> Self {
        Self { warnings, ..self }
    }

    /// Whether an empty text stands for nothing: at fields that only some integrations have.
    pub(super) fn may_be_empty(&self) -> bool {
        matches!(self.preset, Preset::Text(""))
            || matches!((self.preset, self.required), (Preset::None, When::Is(..) | When::Any(..)))
    }

    /// Whether `null` stands for nothing.
    pub(super) fn may_be_null(&self) -> bool {
        matches!(self.preset, Preset::None | Preset::By(..)) && !matches!(self.required, When::Always)
    }
}

impl Credential {
    /// A secret text.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, required: When::Never, taken: When::Always, inbound: false, min: 1, pem: &[], about }
    }

    /// Must be there.
    #[must_use]
    pub const fn required(self, when: When) -> Self {
        Self { required: when, ..self }
    }

    /// Belongs there in this case only.
    #[must_use]
    pub const fn only(self, when: When) -> Self {
        Self { taken: when, ..self }
    }

    /// Callbacks are checked by it.
    #[must_use]
    pub const fn inbound(self, min: usize) -> Self {
        Self { inbound: true, min, ..self }
    }

    /// One unencrypted PEM document.
    #[must_use]
    pub const fn pem(self, labels: &'static [&'static str]) -> Self {
        Self { pem: labels, ..self }
    }
}

impl Fields {
    /// Whether callbacks are checked by the credential, rather than calls made with it.
    pub fn is_inbound(&self, credential: &str) -> bool {
        self.credentials.iter().any(|known| known.inbound && known.name == credential)
    }

    /// Puts in the defaults of what is missing.
    pub(super) fn fill(&self, values: &mut Map<String, Value>) {
        for setting in self.settings {
            if !values.contains_key(setting.name)
                && let Some(value) = setting.preset.value(values)
            {
                values.insert(setting.name.to_owned(), value);
            }
        }
    }
}

impl Preset {
    /// The default among these values.
    pub(super) fn value(self, values: &Map<String, Value>) -> Option<Value> {
        Some(match self {
            Self::None => return None,
            Self::Switch(on) => on.into(),
            Self::Number(number) => number.into(),
            Self::Text(text) => text.into(),
            Self::Texts(texts) => json!(texts),
            Self::Numbers(numbers) => json!(numbers),
            Self::Map(entries) => entries.iter().map(|(name, word)| ((*name).to_owned(), json!(word))).collect(),
            Self::By(name, words) => {
                let told = values.get(name)?.as_str()?;
                words.iter().find(|(word, _)| *word == told).map(|(_, preset)| json!(preset))?
            }
        })
    }
}

impl When {
    pub(super) fn holds(&self, given: &Given<'_>) -> bool {
        match self {
            Self::Never => false,
            Self::Always => true,
            Self::Is(name, words) => {
                let switched = if given.is_on(name) { "true" } else { "false" };
                words.contains(&given.word(name).unwrap_or(switched))
            }
            Self::Has(name) => given.has(name),
            Self::Not(inner) => !inner.holds(given),
            Self::All(all) => all.iter().all(|one| one.holds(given)),
            Self::Any(_, any) => any.iter().any(|one| one.holds(given)),
        }
    }

    /// The condition behind "is required", such as "with flavor classic".
    pub(super) fn says(&self) -> String {
        match self {
            Self::Never | Self::Always => String::new(),
            Self::Is(name, words) => format!("with {name} {}", words.join(" or ")),
            Self::Has(name) => format!("with {name}"),
            Self::Not(inner) => format!("not {}", inner.says()),
            Self::All(all) => all.iter().map(Self::says).collect::<Vec<_>>().join(" and "),
            Self::Any(words, _) => (*words).to_owned(),
        }
    }

    /// The condition for a program, over the names of settings and credentials: `true` or `false`;
    /// `{"is": {"product": ["byoc"]}}`, where a switch is `"true"` or `"false"`; `{"has": "host"}`; `{"not": …}`;
    /// `{"all": […]}`; `{"any": […]}`.
    pub(super) fn schema(&self) -> Value {
        let each = |all: &[Self]| all.iter().map(Self::schema).collect::<Vec<_>>();
        match self {
            Self::Never => json!(false),
            Self::Always => json!(true),
            Self::Is(name, words) => json!({ "is": { *name: words } }),
            Self::Has(name) => json!({ "has": name }),
            Self::Not(inner) => json!({ "not": inner.schema() }),
            Self::All(all) => json!({ "all": each(all) }),
            Self::Any(_, any) => json!({ "any": each(any) }),
        }
    }

    /// "is required" with its condition.
    pub(super) fn rule(&self) -> String {
        format!("is required {}", self.says()).trim_end().to_owned()
    }
}

impl Kind {
    /// What it must be, in words behind "must be".
    pub(super) fn says(&self) -> String {
        match self {
            Self::Switch => "true or false".to_owned(),
            Self::Number { min, max, or_zero: true } => format!("0, or a whole number of {min} to {max}"),
            Self::Number { min, max, or_zero: false } => format!("a whole number of {min} to {max}"),
            Self::Word([word]) => (*word).to_owned(),
            Self::Word(words) => format!("one of {}", words.join(", ")),
            Self::Text { max, form } => form.says(*max),
            Self::Url { domains, .. } => format!("an address of {}", domains.join(" or ")),
            Self::Source { prefix, tail, .. } => format!("{prefix}{tail}"),
            Self::List { of, min, max, distinct } => {
                let count = if *min == 0 { format!("at most {max}") } else { format!("{min} to {max}") };
                let twice = if *distinct { ", none twice" } else { "" };
                format!("a list of {count}, each {}{twice}", of.says())
            }
            Self::Map { names, of, max } => format!("at most {max} names of {}, each {}", names.says(), of.says()),
            Self::Object { says, .. } => (*says).to_owned(),
        }
    }
}

impl Form {
    fn says(self, max: usize) -> String {
        match self {
            Self::Free => "a text".to_owned(),
            Self::Words => format!("1 to {max} characters, not only blanks"),
            Self::Line => format!("1 to {max} characters without control characters"),
            Self::Of(further) => {
                let further: String = further.chars().flat_map(|c| [' ', c]).collect();
                format!("1 to {max} of A-Z a-z 0-9{further}")
            }
            Self::Header => "the name of a header".to_owned(),
            Self::Pointer => "a JSON pointer such as /to/id".to_owned(),
            Self::Own { says, .. } => says.to_owned(),
        }
    }
}
