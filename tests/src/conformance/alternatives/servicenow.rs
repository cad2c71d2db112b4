//! TODO

use super::Alternative;

pub(in crate::conformance) const ALTERNATIVES: &[Alternative] = &[];
