use super::Row;
pub(in crate::conformance) const CLASSIC: &[Row] = &[];
pub(in crate::conformance) const OPEN_MESSAGING: &[Row] = &[];
