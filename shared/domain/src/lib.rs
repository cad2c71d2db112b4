//! The rules of a transfer session: no clock, network or storage
