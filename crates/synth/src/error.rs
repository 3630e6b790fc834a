//! What can go wrong while the fictional state is made.

use std::path::PathBuf;

/// Why the synthetic data could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SynthError {
    /// A scale that says nothing or too much.
    #[error(
        "invalid scale {value}; expected a number above 0 and at most {most} (1 is the demo, about eighty thousand incidents)"
    )]
    Scale {
        /// The value found.
        value: f64,
        /// Largest scale accepted.
        most: f64,
    },
    /// More canaries than the state has villages for.
    #[error("{value} canaries are too many; expected at most {most}")]
    Canaries {
        /// The number found.
        value: u64,
        /// Largest number accepted.
        most: u64,
    },
    /// A folder or file that could not be written.
    #[error("cannot write `{}`; check that the folder exists, is writable and has room", path.display())]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        #[source]
        source: std::io::Error,
    },
}
