//! Pages on the wire.

use serde::Serialize;

/// A page, oldest first. `next` goes into `after` of the following request, also after the last page: what comes later
/// stands behind it.
#[derive(Debug, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub(crate) struct PageRecord<T> {
    /// Oldest first.
    pub(crate) items: Vec<T>,
    /// The `after` of the next request.
    pub(crate) next: String,
    /// Whether more is there already.
    pub(crate) more: bool,
}
