//! OGC GeoPackages.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use geozero::ToGeo;
use geozero::wkb::GpkgWkb;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, OptionalExtension};

use super::background::{Background, Give};
use super::feature::FeatureBuilder;
use crate::IngestError;
use crate::mapping::SourceOptions;

/// Opens a layer of a GeoPackage.
pub(super) fn open(
    path: &Path,
    options: &SourceOptions,
    file: usize,
) -> Result<Background, IngestError> {
    let connection = connect(path)?;
    let layer = Layer::find(&connection, path, options.layer.as_deref())?;
    let mut builder = FeatureBuilder::new(&layer.properties, layer.has_points, file);
    let columns = builder.columns();
    let path: PathBuf = path.to_owned();
    Ok(Background::new(columns, move |give: Give<'_>| {
        let failed = |error: rusqlite::Error| broken(&path, &error);
        let mut statement = connection.prepare(&layer.query()).map_err(failed)?;
        let mut rows = statement.query([]).map_err(failed)?;
        while let Some(row) = rows.next().map_err(failed)? {
            let geometry = match row.get_ref(layer.properties.len()).map_err(failed)? {
                ValueRef::Blob(bytes) => GpkgWkb(bytes).to_geo().ok(),
                _ => None,
            };
            let cells = (0..layer.properties.len())
                .map(|index| match row.get_ref(index) {
                    Ok(value) => text_of(value),
                    Err(error) => Err(error),
                })
                .collect::<Result<Vec<_>, _>>()
                .map_err(failed)?;
            builder.push(cells, geometry.as_ref());
            if let Some(chunk) = builder.take_full()
                && !give(chunk)
            {
                return Ok(());
            }
        }
        if let Some(chunk) = builder.finish() {
            give(chunk);
        }
        Ok(())
    }))
}

fn connect(path: &Path) -> Result<Connection, IngestError> {
    Connection::open_with_flags(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
    .map_err(|error| broken(path, &error))
}

fn broken(path: &Path, error: &rusqlite::Error) -> IngestError {
    IngestError::format(
        path,
        format!("the GeoPackage cannot be read: {error}"),
        "check the file with a GeoPackage validator",
    )
}

/// A feature table.
struct Layer {
    table: String,
    geometry: String,
    properties: Vec<String>,
    has_points: bool,
}

impl Layer {
    fn find(connection: &Connection, path: &Path, name: Option<&str>) -> Result<Self, IngestError> {
        let failed = |error: rusqlite::Error| broken(path, &error);
        let found = connection
            .query_row(
                "SELECT c.table_name, g.column_name, g.geometry_type_name, g.srs_id \
                 FROM gpkg_contents c JOIN gpkg_geometry_columns g USING (table_name) \
                 WHERE c.data_type = 'features' AND (?1 IS NULL OR c.table_name = ?1) \
                 ORDER BY c.rowid LIMIT 1",
                [name],
                |row| {
                    Ok((
                        row.get::<_, String>(0)?,
                        row.get::<_, String>(1)?,
                        row.get::<_, String>(2)?,
                        row.get::<_, i64>(3)?,
                    ))
                },
            )
            .optional()
            .map_err(failed)?;
        let Some((table, geometry, geometry_type, srs_id)) = found else {
            return Err(IngestError::format(
                path,
                match name {
                    Some(name) => format!("there is no feature table `{name}`"),
                    None => "there is no feature table".to_owned(),
                },
                "correct `layer` under [source] in the mapping",
            ));
        };
        check_system(connection, path, srs_id)?;
        let mut statement = connection
            .prepare("SELECT name, type FROM pragma_table_info(?1)")
            .map_err(failed)?;
        let columns = statement
            .query_map([&table], |row| {
                Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))
            })
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(failed)?;
        drop(statement);
        let mut properties = Vec::new();
        for (column, declared) in columns {
            if column == geometry {
                continue;
            }
            if declared.to_uppercase().starts_with("BLOB") {
                return Err(IngestError::format(
                    path,
                    format!("column `{column}` holds bytes, which nobody can check"),
                    "give a layer without it",
                ));
            }
            properties.push(column);
        }
        let geometry_type = geometry_type.to_uppercase();
        Ok(Self {
            table,
            geometry,
            properties,
            has_points: matches!(geometry_type.as_str(), "POINT" | "GEOMETRY"),
        })
    }

    fn query(&self) -> String {
        let quoted = |name: &String| format!("\"{}\"", name.replace('"', "\"\""));
        let columns: Vec<String> = self
            .properties
            .iter()
            .chain(std::iter::once(&self.geometry))
            .map(quoted)
            .collect();
        format!(
            "SELECT {} FROM {} ORDER BY rowid",
            columns.join(", "),
            quoted(&self.table)
        )
    }
}

fn check_system(connection: &Connection, path: &Path, srs_id: i64) -> Result<(), IngestError> {
    let system = connection
        .query_row(
            "SELECT upper(organization), organization_coordsys_id \
             FROM gpkg_spatial_ref_sys WHERE srs_id = ?1",
            [srs_id],
            |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)),
        )
        .optional()
        .map_err(|error| broken(path, &error))?;
    match system {
        Some((organization, 4326)) if organization == "EPSG" => Ok(()),
        Some((organization, 84)) if organization == "OGC" => Ok(()),
        _ => Err(IngestError::format(
            path,
            format!("the layer has the coordinate system {srs_id}"),
            "reproject the layer to EPSG:4326",
        )),
    }
}

fn text_of(value: ValueRef<'_>) -> Result<Cow<'_, str>, rusqlite::Error> {
    Ok(match value {
        ValueRef::Null | ValueRef::Blob(_) => Cow::Borrowed(""),
        ValueRef::Integer(number) => Cow::Owned(number.to_string()),
        ValueRef::Real(number) => Cow::Owned(number.to_string()),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes),
    })
}
