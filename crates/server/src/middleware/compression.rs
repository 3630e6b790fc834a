//! Entity tags of compressed bodies.

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;

use crate::etag::mark_coding;

/// Marks the tag of a response that was compressed on the way out.
pub(crate) async fn tag_codings(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    mark_coding(&mut response);
    response
}
