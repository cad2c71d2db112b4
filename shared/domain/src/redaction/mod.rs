//! Redaction: what of a text is replaced before it is kept or goes anywhere.
//!
//! What was replaced is left alone the next time, and what is no match stays as it is, byte for byte: the same text twice
//! comes to the same. A number that is split over two messages is not found.

mod email;
mod glyph;
mod numbers;
mod settings;
mod texts;

use std::collections::BTreeMap;
use std::ops::Range;

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

pub use settings::{MAX_PATTERN_BYTES, MAX_PATTERNS, MAX_REPLACEMENT_CHARS, OwnPattern, Redaction};

use crate::settings::SettingsFault;
use crate::{OnFailure, RedactionDirection, SensitiveKind};
use glyph::glyphs;

/// What stands instead of a text that is held back.
const HELD_BACK: &str = "[held back]";
/// How large a compiled pattern may be: with it, how long it takes for each character.
const PATTERN_SIZE: usize = 64 * 1024;

/// How often a text is looked at, because something may be a match only once what stood beside it is gone.
const PASSES: usize = 8;

/// How many were replaced, by kind, or by the name of the pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Redacted(BTreeMap<String, u32>);

impl Redacted {
    /// What a text is counted as that is held back.
    pub const HELD_BACK: &str = "held_back";

    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// By kind, or by the name of the pattern.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u32)> {
        self.0.iter().map(|(name, count)| (name.as_str(), *count))
    }

    fn add(&mut self, name: &str, count: u32) {
        let known = self.0.entry(name.to_owned()).or_default();
        *known = known.saturating_add(count);
    }

    /// With those of another text.
    pub fn merge(&mut self, other: &Self) {
        other.iter().for_each(|(name, count)| self.add(name, count));
    }
}

/// Which way a text goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// From the contact's side to the contact centre.
    ToContactCentre,
    /// From the contact centre to the agent runtime.
    ToRuntime,
}

/// The rules of a project, ready to be applied.
#[derive(Debug)]
pub struct Redactor {
    rules: Vec<Rule>,
    directions: Vec<RedactionDirection>,
    on_failure: OnFailure,
    /// Whether a pattern cannot be used, so that no text is known to be right.
    is_broken: bool,
}

/// What is looked for, and what stands instead. Of several that overlap, the first counts.
#[derive(Debug)]
struct Rule {
    name: String,
    instead: String,
    finds: Finds,
}

#[derive(Debug)]
enum Finds {
    Kind(SensitiveKind),
    Pattern(Regex),
}

/// A place in a text, and the rule that found it.
type Found = (Range<usize>, usize);

/// A rule cannot be applied to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct NotApplied;

impl Redactor {
    /// Of a project's settings. What of them cannot be used makes every text one to which a rule cannot be applied.
    pub fn of(redaction: &Redaction) -> Self {
        let kinds = redaction.kinds.iter().map(|kind| Rule {
            name: kind.to_string(),
            instead: redaction.replacements.get(kind).cloned().unwrap_or_else(|| in_brackets(kind.as_str())),
            finds: Finds::Kind(*kind),
        });
        let patterns = redaction.patterns.iter().map(|own| {
            let finds = Finds::Pattern(compiled(&own.pattern)?);
            let instead = own.replacement.clone().unwrap_or_else(|| in_brackets(own.name.as_str()));
            Ok(Rule { name: own.name.to_string(), instead, finds })
        });
        let patterns: Vec<Result<Rule, regex::Error>> = patterns.collect();
        let is_broken = patterns.iter().any(Result::is_err);
        let rules = kinds.chain(patterns.into_iter().filter_map(Result::ok)).collect();
        let directions = redaction.directions.iter().copied().collect();
        Self { rules, directions, on_failure: redaction.on_failure, is_broken }
    }

    /// Whether texts that go this way are looked at.
    pub fn looks_at(&self, flow: Flow) -> bool {
        let way = match flow {
            Flow::ToContactCentre => RedactionDirection::ToContactCentre,
            Flow::ToRuntime => RedactionDirection::ToRuntime,
        };
        let asked = self.directions.iter().any(|asked| *asked == way || *asked == RedactionDirection::Stored);
        asked && (self.is_broken || !self.rules.is_empty())
    }

    /// Replaces what is found in a text, and counts it.
    fn replace(&self, text: &mut String, redacted: &mut Redacted) {
        let mut counted = Redacted::default();
        match self.replaced(text, &mut counted) {
            Ok(Some(replaced)) => {
                *text = replaced;
                redacted.merge(&counted);
            }
            Ok(None) => {}
            Err(NotApplied) => match self.on_failure {
                OnFailure::Pass => {}
                OnFailure::HoldBack => hold_back(text, redacted),
            },
        }
    }

    /// The text with what is found replaced; `None` if nothing is.
    fn replaced(&self, text: &str, counted: &mut Redacted) -> Result<Option<String>, NotApplied> {
        if text.is_empty() {
            return Ok(None);
        }
        if self.is_broken {
            return Err(NotApplied);
        }
        let mut replaced: Option<String> = None;
        for _ in 0..PASSES {
            let current = replaced.as_deref().unwrap_or(text);
            let found = self.found(current);
            if found.is_empty() {
                return Ok(replaced);
            }
            let next = self.with_replacements(current, &found, counted);
            // A text that its replacements make much longer would be more than is kept of one.
            if next.len() > text.len() + text.len() / 2 + 256 {
                return Err(NotApplied);
            }
            replaced = Some(next);
        }
        let current = replaced.as_deref().unwrap_or(text);
        if self.found(current).is_empty() { Ok(replaced) } else { Err(NotApplied) }
    }

    fn with_replacements(&self, text: &str, found: &[Found], counted: &mut Redacted) -> String {
        let mut written = String::with_capacity(text.len());
        let mut done = 0;
        for (place, rule) in found {
            let Some(rule) = self.rules.get(*rule) else { continue };
            written.push_str(text.get(done..place.start).unwrap_or_default());
            written.push_str(&rule.instead);
            counted.add(&rule.name, 1);
            done = place.end;
        }
        written.push_str(text.get(done..).unwrap_or_default());
        written
    }

    /// Where something is to be replaced, in order and apart from each other: what overlaps is one place, of the first of
    /// its rules.
    fn found(&self, text: &str) -> Vec<Found> {
        let mut found: Vec<Found> = Vec::new();
        for segment in self.segments(text) {
            let Some(part) = text.get(segment.clone()) else { continue };
            let places = self.found_in(part).into_iter();
            found.extend(places.map(|(at, rule)| (segment.start + at.start..segment.start + at.end, rule)));
        }
        found.sort_by_key(|(place, rule)| (place.start, *rule));
        let mut apart: Vec<Found> = Vec::new();
        for (place, rule) in found {
            match apart.last_mut() {
                Some((last, of)) if place.start < last.end => {
                    last.end = last.end.max(place.end);
                    *of = rule.min(*of);
                }
                Some(_) | None => apart.push((place, rule)),
            }
        }
        apart
    }

    fn found_in(&self, part: &str) -> Vec<Found> {
        let seen = std::cell::LazyCell::new(|| glyphs(part));
        let mut found = Vec::new();
        for (index, rule) in self.rules.iter().enumerate() {
            let places = match &rule.finds {
                Finds::Kind(SensitiveKind::Card) => numbers::cards(&seen),
                Finds::Kind(SensitiveKind::Iban) => numbers::ibans(&seen),
                Finds::Kind(SensitiveKind::Email) => email::emails(&seen),
                Finds::Kind(SensitiveKind::Telephone) => numbers::telephones(&seen),
                Finds::Pattern(pattern) => pattern.find_iter(part).map(|found| found.range()).collect(),
            };
            found.extend(places.into_iter().filter(|place| !place.is_empty()).map(|place| (place, index)));
        }
        found
    }

    /// The parts of a text between what stands there instead of something.
    fn segments(&self, text: &str) -> Vec<Range<usize>> {
        let mut instead: Vec<Range<usize>> = self
            .rules
            .iter()
            .map(|rule| rule.instead.as_str())
            .chain([HELD_BACK])
            .flat_map(|instead| text.match_indices(instead).map(|(at, it)| at..at + it.len()))
            .collect();
        instead.sort_by_key(|place| place.start);
        let mut segments = Vec::new();
        let mut from = 0;
        for place in instead {
            if place.start > from {
                segments.push(from..place.start);
            }
            from = from.max(place.end);
        }
        segments.push(from..text.len());
        segments
    }
}

fn hold_back(text: &mut String, redacted: &mut Redacted) {
    if text != HELD_BACK {
        HELD_BACK.clone_into(text);
        redacted.add(Redacted::HELD_BACK, 1);
    }
}

fn in_brackets(name: &str) -> String {
    format!("[{name}]")
}

fn compiled(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).size_limit(PATTERN_SIZE).dfa_size_limit(PATTERN_SIZE).nest_limit(50).build()
}

impl Redaction {
    /// Every rule that it breaks.
    pub(crate) fn faults(&self) -> Vec<SettingsFault> {
        let mut faults = Vec::new();
        let mut fault = |holds: bool, pointer: String, rule: &'static str| {
            if !holds {
                faults.push(SettingsFault { pointer: pointer.into(), rule });
            }
        };
        let at = |rest: &str| format!("/redaction/{rest}");
        fault(self.patterns.len() <= MAX_PATTERNS, at("patterns"), "must be at most 20");
        for (kind, instead) in &self.replacements {
            fault(is_replacement(instead), at(&format!("replacements/{kind}")), REPLACEMENT);
        }
        for (index, own) in self.patterns.iter().enumerate() {
            let pattern = own.pattern.as_str();
            let of = |field: &str| at(&format!("patterns/{index}/{field}"));
            let is_taken = self.patterns.iter().take(index).any(|other| other.name == own.name)
                || SensitiveKind::ALL.iter().any(|kind| kind.as_str() == own.name.as_str())
                || own.name.as_str() == Redacted::HELD_BACK;
            fault(!is_taken, of("name"), "is taken");
            fault(own.replacement.as_deref().is_none_or(is_replacement), of("replacement"), REPLACEMENT);
            if pattern.is_empty() || pattern.len() > MAX_PATTERN_BYTES {
                fault(false, of("pattern"), "must be 1 to 512 bytes");
                continue;
            }
            match compiled(pattern) {
                Ok(regex) => fault(!regex.is_match(""), of("pattern"), "must not match an empty text"),
                Err(_) => {
                    fault(false, of("pattern"), "must be a regular expression without look-around and small enough");
                }
            }
        }
        faults
    }
}

const REPLACEMENT: &str = "must be 1 to 64 characters without control characters, digits and @";

/// Nothing that could itself be taken for something to be replaced, or make such with what stands beside it.
fn is_replacement(text: &str) -> bool {
    let count = text.chars().count();
    let odd = |c: char| c.is_control() || c == '@' || glyph::digit_of(c).is_some();
    (1..=MAX_REPLACEMENT_CHARS).contains(&count) && !text.chars().any(odd) && !text.trim().is_empty()
}

#[cfg(test)]
mod tests;
