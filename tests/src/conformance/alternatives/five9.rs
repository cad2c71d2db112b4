use super::Alternative;
pub(in crate::conformance) const CLASSIC: &[Alternative] = &[];
pub(in crate::conformance) const OPEN_MESSAGING: &[Alternative] = &[];
