//! Function create-transfer
