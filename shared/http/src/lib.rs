//! The HTTP edge: requests into domain types, failures into problem documents
