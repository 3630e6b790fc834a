//! Links between resources.

use serde::Serialize;

/// A link (RFC 8288) as OGC API responses write it.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct Link {
    /// Where to.
    pub(crate) href: String,
    /// What it is to this resource.
    pub(crate) rel: &'static str,
    /// Media type there.
    pub(crate) r#type: &'static str,
    /// In words.
    pub(crate) title: String,
}

impl Link {
    /// A link to JSON.
    pub(crate) fn json(rel: &'static str, href: String, title: &str) -> Self {
        Self::new(rel, href, "application/json", title)
    }

    /// A link.
    pub(crate) fn new(rel: &'static str, href: String, r#type: &'static str, title: &str) -> Self {
        Self {
            href,
            rel,
            r#type,
            title: title.to_owned(),
        }
    }
}
