//! Programs that come from Debian.

use crate::command::{Step, exists};

/// Installs a package, if this is Debian and we are root; false where it is
/// not, or we are not.
///
/// # Errors
/// If the package cannot be installed.
pub(crate) fn install(package: &str) -> anyhow::Result<bool> {
    if !exists("apt-get") || Step::new("id", &["-u"]).output()?.trim() != "0" {
        return Ok(false);
    }
    Step::new("apt-get", &["update", "-qq"]).run()?;
    Step::new(
        "apt-get",
        &["install", "-y", "-qq", "--no-install-recommends", package],
    )
    .env("DEBIAN_FRONTEND", "noninteractive")
    .run()?;
    Ok(true)
}
