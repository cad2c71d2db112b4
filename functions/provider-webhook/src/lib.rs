//! Function provider-webhook
