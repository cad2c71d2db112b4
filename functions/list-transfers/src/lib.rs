//! Function list-transfers
