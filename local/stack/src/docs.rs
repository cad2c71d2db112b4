//! The description of the API, as a document and as a page. Everything that the page shows is in this process.

use axum::Router;
use utoipa_swagger_ui::SwaggerUi;

/// Where the page is.
pub(crate) const PAGE: &str = "/docs";
/// Where the document is.
pub(crate) const DOCUMENT: &str = "/openapi.json";

/// The routes of both.
pub(crate) fn router() -> Router {
    Router::from(SwaggerUi::new(PAGE).url(DOCUMENT, openapi::local_document()))
}
