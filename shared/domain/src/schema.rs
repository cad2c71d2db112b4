//! Schemas of words and texts, for the description of the API. No function carries them.

use std::ops::RangeInclusive;

use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};

/// A closed set of words, each with its meaning. Descriptions are doc comments: one space before each line.
pub(crate) fn words(description: &str, words: &[(&str, &str)]) -> RefOr<Schema> {
    let meanings: Vec<_> = words.iter().map(|(word, meaning)| format!("* `{word}`: {}", meaning.trim())).collect();
    let description = format!("{}\n\n{}", description.trim(), meanings.join("\n"));
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description))
        .enum_values(Some(words.iter().map(|(word, _)| *word)))
        .into()
}

/// A text of a grammar, with as many characters.
pub(crate) fn text(description: &str, pattern: &str, length: RangeInclusive<usize>) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some(description.trim()))
        .pattern(Some(pattern))
        .min_length(Some(*length.start()))
        .max_length(Some(*length.end()))
        .into()
}

/// A whole number within bounds.
pub(crate) fn whole_number(description: &str, least: u64, most: u64) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(description))
        .minimum(Some(least))
        .maximum(Some(most))
        .into()
}
