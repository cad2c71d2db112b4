//! Function inbox
