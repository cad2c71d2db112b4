//! Function relay-changes
