//! TODO

use super::Row;

pub(in crate::conformance) const ROWS: &[Row] = &[];
