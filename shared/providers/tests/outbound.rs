//! The calls, against a small server that answers as told.
