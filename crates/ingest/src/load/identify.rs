//! The identity of a load: the same content into the same table is the same
//! load, whatever the files are called.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use safeground_schema::Table;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::IngestError;

/// Identity of a load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LoadId {
    /// Sixteen hexadecimal digits of the hash of table, part and contents.
    pub load_id: String,
    /// SHA-256 of the contents of all files.
    pub content_sha256: String,
    /// The files in the order given.
    pub files: Vec<FileIdentity>,
}

/// Identity of one file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileIdentity {
    /// Name without folder.
    pub name: String,
    /// Bytes, with the files that belong to it.
    pub size: u64,
    /// SHA-256 of the content, with the files that belong to it.
    pub sha256: String,
}

/// Identifies a load by reading all of its files once.
///
/// 1. The hash of a file is the SHA-256 of its bytes; of a shapefile, of the
///    bytes of the .shp, .dbf, .prj and .cpg in this order, each preceded by
///    its length.
/// 2. `content_sha256` is the SHA-256 of the sorted hashes of the files, so
///    that the order in which they are given does not matter.
/// 3. `load_id` is the start of the SHA-256 of the name of the table, the
///    part, and `content_sha256`, each preceded by its length.
///
/// # Errors
/// [`IngestError::File`] if a file cannot be read.
pub fn identify(
    files: &[PathBuf],
    table: Table,
    part: Option<&str>,
) -> Result<LoadId, IngestError> {
    let files = files
        .iter()
        .map(|path| identify_file(path))
        .collect::<Result<Vec<_>, _>>()?;
    let mut hashes: Vec<&str> = files.iter().map(|file| file.sha256.as_str()).collect();
    hashes.sort_unstable();
    let mut content = Sha256::new();
    for hash in hashes {
        content.update(hash.as_bytes());
    }
    let content_sha256 = hex(&content.finalize());
    let mut load = Sha256::new();
    for text in [table.name(), part.unwrap_or(""), &content_sha256] {
        load.update((text.len() as u64).to_be_bytes());
        load.update(text.as_bytes());
    }
    let mut load_id = hex(&load.finalize());
    load_id.truncate(16);
    Ok(LoadId {
        load_id,
        content_sha256,
        files,
    })
}

/// Files of a shapefile that carry its content besides the .shp itself.
const SHAPEFILE_PARTS: [&str; 3] = ["dbf", "prj", "cpg"];

fn identify_file(path: &Path) -> Result<FileIdentity, IngestError> {
    let mut paths = vec![path.to_owned()];
    let is_shapefile = path
        .extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("shp"));
    if is_shapefile {
        paths.extend(
            SHAPEFILE_PARTS
                .iter()
                .map(|extension| path.with_extension(extension))
                .filter(|path| path.exists()),
        );
    }
    let mut hasher = Sha256::new();
    let mut size = 0;
    let mut buffer = vec![0; 1 << 20];
    for path in &paths {
        let mut file = File::open(path).map_err(IngestError::file("opening", path))?;
        if paths.len() > 1 {
            let length = file
                .metadata()
                .map_err(IngestError::file("reading", path))?
                .len();
            hasher.update(length.to_be_bytes());
        }
        loop {
            let read = file
                .read(&mut buffer)
                .map_err(IngestError::file("reading", path))?;
            if read == 0 {
                break;
            }
            size += read as u64;
            hasher.update(&buffer[..read]);
        }
    }
    Ok(FileIdentity {
        name: file_name(path),
        size,
        sha256: hex(&hasher.finalize()),
    })
}

/// Name of a file without its folder.
pub(super) fn file_name(path: &Path) -> String {
    path.file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default()
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
