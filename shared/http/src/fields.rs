//! Field rules: every fault of a body is found before it is answered.

use std::fmt::Display;
use std::str::FromStr;

use crate::{FieldError, Problem};

/// Collects the faults of a body's fields.
#[derive(Debug, Default)]
pub struct Fields {
    faults: Vec<FieldError>,
}

impl Fields {
    /// A field that must be there and fit.
    pub fn required<T: FromStr<Err: Display>>(&mut self, pointer: &str, text: Option<&str>) -> Option<T> {
        if text.is_none() {
            self.fault(pointer, "is required");
        }
        self.optional(pointer, text)
    }

    /// A field that must fit if it is there.
    pub fn optional<T: FromStr<Err: Display>>(&mut self, pointer: &str, text: Option<&str>) -> Option<T> {
        match text?.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(pointer, error.to_string());
                None
            }
        }
    }

    /// A text of at most `max` characters, without control characters other than line breaks and tabs.
    pub fn text(&mut self, pointer: &str, text: Option<&str>, max: usize) {
        let Some(text) = text else { return };
        if text.chars().count() > max {
            self.fault(pointer, format!("must be at most {max} characters"));
        }
        if text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.fault(pointer, "must not contain control characters");
        }
    }

    /// A rule that holds or not.
    pub fn rule(&mut self, holds: bool, pointer: &str, rule: &str) {
        if !holds {
            self.fault(pointer, rule);
        }
    }

    /// A fault found elsewhere.
    pub fn fault(&mut self, pointer: impl Into<String>, detail: impl Into<String>) {
        self.faults.push(FieldError::new(pointer, detail));
    }

    /// 422 with every fault, if there were any.
    pub fn finish(self) -> Result<(), Problem> {
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid_fields(self.faults)) }
    }

    /// The value of a field that was read, or the collected faults. For what must be there once no fault was found.
    pub fn complete<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.faults.is_empty() => Ok(value),
            Some(_) | None => Err(Problem::invalid_fields(self.faults)),
        }
    }
}
