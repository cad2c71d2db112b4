use super::Alternative;
pub(in crate::conformance) const BYOC: &[Alternative] = &[];
pub(in crate::conformance) const CHAT: &[Alternative] = &[];
