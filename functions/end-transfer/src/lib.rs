//! Function end-transfer
