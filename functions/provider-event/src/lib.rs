//! Function provider-event
