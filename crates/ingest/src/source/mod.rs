//! Input files of every format as chunks of text columns.

mod background;
mod chunk;
mod columnar;
mod csv;
mod encoding;
mod extended;
mod feature;
mod flatgeobuf;
mod geojson;
mod geopackage;
mod geoparquet;
mod names;
mod shapefile;
mod sheet;
mod swallow;

use std::path::{Path, PathBuf};

pub(crate) use chunk::{Chunk, Fault};

use crate::IngestError;
use crate::mapping::SourceOptions;
use crate::mapping::file::Format;

/// Column of the geometry of spatial formats.
pub(crate) const GEOMETRY: &str = "geometry";

/// A file being read from its first row to its last.
pub(crate) trait Source: Send {
    /// Names of the columns, in the order of the file.
    fn columns(&self) -> &[String];

    /// The next rows; `None` after the last.
    fn next_chunk(&mut self) -> Result<Option<Chunk>, IngestError>;
}

/// One file of a load, with what was found out about its format.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    path: PathBuf,
    /// Index of the file in the load.
    file: usize,
    format: Format,
    options: SourceOptions,
    detected: Detected,
}

/// What a file shows of itself, found out once.
#[derive(Debug, Clone)]
enum Detected {
    /// Encoding and delimiter of delimited text.
    Text(csv::Dialect),
    /// Properties of a feature collection.
    Features(geojson::Layout),
    /// Its format tells the rest.
    Nothing,
}

impl Input {
    /// Looks at a file to learn how it is to be read.
    pub(crate) fn new(
        path: &Path,
        options: &SourceOptions,
        file: usize,
    ) -> Result<Self, IngestError> {
        let format = format_of(path, options)?;
        let detected = match format {
            Format::Csv => Detected::Text(csv::Dialect::detect(path, options)?),
            Format::GeoJson => Detected::Features(geojson::Layout::detect(path)?),
            _ => Detected::Nothing,
        };
        Ok(Self {
            path: path.to_owned(),
            file,
            format,
            options: options.clone(),
            detected,
        })
    }

    /// Path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the file at its first row.
    pub(crate) fn open(&self) -> Result<Box<dyn Source>, IngestError> {
        let (path, options, file) = (self.path.as_path(), &self.options, self.file);
        match &self.detected {
            Detected::Text(dialect) => {
                return Ok(Box::new(csv::CsvSource::open(
                    path, options, *dialect, file,
                )?));
            }
            Detected::Features(layout) => {
                return Ok(Box::new(geojson::open(path, layout, file)));
            }
            Detected::Nothing => {}
        }
        Ok(match self.format {
            Format::Xlsx | Format::Ods => {
                Box::new(sheet::SheetSource::open(path, self.format, options, file)?)
            }
            Format::Parquet | Format::Arrow => Box::new(columnar::open(path, self.format, file)?),
            Format::Shapefile => Box::new(shapefile::open(path, file)?),
            Format::GeoPackage => Box::new(geopackage::open(path, options, file)?),
            Format::FlatGeobuf => Box::new(flatgeobuf::open(path, file)?),
            Format::Csv | Format::GeoJson => unreachable!("looked at when the input was made"),
        })
    }
}

/// Format by the mapping, or by the extension of the file.
fn format_of(path: &Path, options: &SourceOptions) -> Result<Format, IngestError> {
    if let Some(format) = options.format {
        return Ok(format);
    }
    let extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .map(str::to_ascii_lowercase)
        .unwrap_or_default();
    match extension.as_str() {
        "csv" | "tsv" | "txt" => Ok(Format::Csv),
        "xlsx" | "xlsm" => Ok(Format::Xlsx),
        "ods" => Ok(Format::Ods),
        "parquet" | "pq" => Ok(Format::Parquet),
        "arrow" | "feather" | "ipc" => Ok(Format::Arrow),
        "geojson" | "json" => Ok(Format::GeoJson),
        "shp" => Ok(Format::Shapefile),
        "gpkg" => Ok(Format::GeoPackage),
        "fgb" => Ok(Format::FlatGeobuf),
        _ => Err(IngestError::format(
            path,
            "the extension tells no format",
            "write `format` under [source] in the mapping: csv, xlsx, ods, parquet, arrow, geojson, shapefile, geopackage or flatgeobuf",
        )),
    }
}
