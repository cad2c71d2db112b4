//! Function send-message
