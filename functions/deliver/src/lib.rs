//! Function deliver
