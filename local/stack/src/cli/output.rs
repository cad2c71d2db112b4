//! Standard output is for people; a closed pipe is no failure.

use std::fmt::Display;
use std::io::{Write as _, stderr, stdout};

pub(super) fn line(text: impl Display) {
    drop(writeln!(stdout(), "{text}"));
}

pub(super) fn error(text: &str) {
    drop(writeln!(stderr(), "error: {text}"));
}
