//! Keys and indexes.
