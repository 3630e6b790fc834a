//! The tables of a part of a release, kept in memory for its workers.

use std::fs::File;
use std::io::{self, Write as _};
use std::sync::Arc;

use arrow::array::RecordBatch;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use rustix::fs::{MemfdFlags, SealFlags, fcntl_add_seals, memfd_create};
use safeground_privacy::Released;
use safeground_schema::release::Manifest;

use crate::release::{ReleasedTable, ReleasedTables, ReleasedTablesError};

/// Rows of a row group, as in the files of a release.
const ROWS_PER_GROUP: usize = 65_536;

/// A part of a release: what is outside is in none of its fields.
#[derive(Debug)]
pub struct PartOfRelease {
    /// Its manifest, of the part alone.
    pub manifest: Manifest,
    /// Its tables by name.
    pub tables: Vec<(String, RecordBatch)>,
}

impl ReleasedTables {
    /// Tables of a part of a release.
    ///
    /// A worker cannot be kept from rows that are in a file which it was given:
    /// a condition of ours would stand beside those of the query, for an
    /// optimiser to order. So it is given files that hold the rows of the part
    /// and no others: in memory, without a name, and sealed, since workers that
    /// come later get the same.
    ///
    /// Takes memory for the part as Parquet. Blocking.
    ///
    /// # Errors
    /// [`ReleasedTablesError::Keep`].
    pub fn of_part(part: &Released<PartOfRelease>) -> Result<Arc<Self>, ReleasedTablesError> {
        let PartOfRelease { manifest, tables } = part.get();
        let kept = tables.iter().map(|(name, rows)| {
            let kept = kept(rows).map_err(|source| ReleasedTablesError::Keep {
                name: name.clone(),
                release_id: manifest.release_id.clone(),
                source,
            });
            let (file, bytes) = kept?;
            Ok(ReleasedTable {
                name: name.clone(),
                file,
                bytes,
            })
        });
        let mut tables = kept.collect::<Result<Vec<_>, ReleasedTablesError>>()?;
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Arc::new(Self {
            manifest: manifest.clone(),
            tables,
        }))
    }
}

/// Rows as a Parquet file in memory that nobody can write to any more, and its
/// size.
fn kept(rows: &RecordBatch) -> io::Result<(File, u64)> {
    let properties = WriterProperties::builder()
        .set_compression(Compression::ZSTD(ZstdLevel::default()))
        .set_max_row_group_row_count(Some(ROWS_PER_GROUP))
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, rows.schema(), Some(properties))?;
    writer.write(rows)?;
    writer.close()?;
    let flags = MemfdFlags::CLOEXEC | MemfdFlags::ALLOW_SEALING;
    let mut file = File::from(memfd_create("safeground-part", flags)?);
    file.write_all(&bytes)?;
    let seals = SealFlags::WRITE | SealFlags::SHRINK | SealFlags::GROW | SealFlags::SEAL;
    fcntl_add_seals(&file, seals)?;
    Ok((file, bytes.len() as u64))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::FileExt as _;

    use arrow::array::{ArrayRef, StringArray};

    use super::*;

    #[test]
    fn a_part_that_is_kept_can_be_read_and_never_written() {
        let names = Arc::new(StringArray::from(vec!["one", "two"])) as ArrayRef;
        let rows = RecordBatch::try_from_iter([("name", names)]).unwrap();
        let (file, bytes) = kept(&rows).unwrap();
        assert_eq!(file.metadata().unwrap().len(), bytes);
        let mut mark = [0; 4];
        file.read_exact_at(&mut mark, 0).unwrap();
        assert_eq!(&mark, b"PAR1");
        // Whoever has the handle: as a copy, or opened anew.
        let copy = file.try_clone().unwrap();
        assert!(copy.write_at(b"X", 0).is_err());
        assert!(copy.set_len(0).is_err() && copy.set_len(bytes + 1).is_err());
        assert!((&file).write_all(b"more").is_err());
    }
}
