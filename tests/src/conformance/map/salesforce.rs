use super::Row;
pub(in crate::conformance) const BYOC: &[Row] = &[];
pub(in crate::conformance) const CHAT: &[Row] = &[];
