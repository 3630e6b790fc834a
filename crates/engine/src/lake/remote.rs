//! Object stores behind `s3://`, `gs://` and `az://`.

use std::collections::BTreeMap;
use std::sync::Arc;

use object_store::ObjectStore;
use url::Url;

use crate::EngineError;

/// The store at the root of a URL.
///
/// Commits are conditional writes. Google and Azure offer them as they are,
/// S3 and its likes by `If-None-Match`, which is this client's default.
#[cfg(feature = "cloud")]
pub(super) fn root(
    url: &Url,
    settings: &BTreeMap<String, String>,
) -> Result<Arc<dyn ObjectStore>, EngineError> {
    let mut root = url.clone();
    root.set_path("/");
    let refused = |e: object_store::Error| EngineError::LakeUrl {
        value: url.to_string(),
        reason: e.to_string(),
    };
    let (store, _) = object_store::parse_url_opts(&root, settings).map_err(refused)?;
    Ok(Arc::from(store))
}

/// Says which feature a build needs.
#[cfg(not(feature = "cloud"))]
pub(super) fn root(
    url: &Url,
    _settings: &BTreeMap<String, String>,
) -> Result<Arc<dyn ObjectStore>, EngineError> {
    Err(EngineError::LakeUrl {
        value: url.to_string(),
        reason: format!(
            "this build has no {}:// stores; build it with `--features cloud`",
            url.scheme()
        ),
    })
}
