//! What every function does at start: configuration, clients, clock, logs, secrets
