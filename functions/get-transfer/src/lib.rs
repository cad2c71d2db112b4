//! Function get-transfer
