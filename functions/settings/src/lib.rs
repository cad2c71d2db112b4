//! Function settings
