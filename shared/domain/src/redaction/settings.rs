//! What a project wants redacted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{OnFailure, PatternName, RedactionDirection, SensitiveKind};

/// The most patterns of a project's own.
pub const MAX_PATTERNS: usize = 20;
/// The longest pattern, in bytes.
pub const MAX_PATTERN_BYTES: usize = 512;
/// The longest text that stands instead of something, in characters.
pub const MAX_REPLACEMENT_CHARS: usize = 64;

/// What of a project's texts is replaced before it is kept: messages of both sides, the summary, reason and history of a
/// request, and what representatives note. Of each text there is one copy, so what is replaced is replaced everywhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Redaction {
    /// What is looked for.
    pub kinds: BTreeSet<SensitiveKind>,
    /// What else is looked for, by patterns of the project's own: at most 20.
    pub patterns: Vec<OwnPattern>,
    /// In which texts. A text goes one way and is kept as it goes, so `stored` means both ways.
    pub directions: BTreeSet<RedactionDirection>,
    /// What stands instead, where it is to be something else than the kind in brackets, such as `[card]`.
    pub replacements: BTreeMap<SensitiveKind, String>,
    /// What happens with a text to which a rule cannot be applied.
    pub on_failure: OnFailure,
}

impl Default for Redaction {
    fn default() -> Self {
        Self {
            kinds: BTreeSet::new(),
            patterns: Vec::new(),
            directions: RedactionDirection::ALL.iter().copied().collect(),
            replacements: BTreeMap::new(),
            on_failure: OnFailure::HoldBack,
        }
    }
}

/// A pattern of a project's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OwnPattern {
    /// What it is counted as, and what stands instead in brackets.
    pub name: PatternName,
    /// A regular expression as Rust's `regex` reads it: no back-references and no looking around, so it takes linear time.
    pub pattern: String,
    /// What stands instead; else the name in brackets.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

impl Redaction {
    /// Whether nothing is looked for.
    pub fn is_off(&self) -> bool {
        self.directions.is_empty() || (self.kinds.is_empty() && self.patterns.is_empty())
    }
}
