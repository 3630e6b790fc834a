//! Geometry in Parquet and Arrow files: bytes, GeoParquet, GeoArrow.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow::array::{
    Array as _, ArrayRef, BinaryArray, Float64Array, RecordBatch, StringArray, StructArray,
};
use arrow::datatypes::{DataType, Field, Schema};
use geozero::{CoordDimensions, ToWkb as _};
use parquet::file::metadata::KeyValue;

use crate::formats::{POLYGONS, expect_square, square};
use crate::harness::House;

/// A district with its square in a column of some name, marked as GeoArrow or
/// not.
fn district(geometry: &str, marked: bool) -> RecordBatch {
    let wkb = square().to_wkb(CoordDimensions::xy()).unwrap();
    let metadata = match marked {
        true => HashMap::from([("ARROW:extension:name".to_owned(), "geoarrow.wkb".to_owned())]),
        false => HashMap::new(),
    };
    let schema = Schema::new(vec![
        Field::new("code", DataType::Utf8, false),
        Field::new("name", DataType::Utf8, false),
        Field::new(geometry, DataType::Binary, true).with_metadata(metadata),
    ]);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec!["1"])),
        Arc::new(StringArray::from(vec!["Square"])),
        Arc::new(BinaryArray::from_vec(vec![wkb.as_slice()])),
    ];
    RecordBatch::try_new(Arc::new(schema), columns).unwrap()
}

fn write(path: &Path, batch: &RecordBatch, geo: Option<&str>) {
    let file = File::create(path).unwrap();
    let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
    writer.write(batch).unwrap();
    if let Some(geo) = geo {
        writer.append_key_value_metadata(KeyValue::new("geo".to_owned(), geo.to_owned()));
    }
    writer.close().unwrap();
}

#[test]
fn geometry_of_a_parquet_file_is_well_known_binary() {
    let house = House::new();
    let path = house.path("districts.parquet");
    write(&path, &district("geometry", false), None);
    expect_square(&house.load(POLYGONS, &[path]).unwrap());
}

#[test]
fn a_geoparquet_file_is_read_whatever_its_geometry_is_called() {
    let house = House::new();
    let path = house.path("districts.parquet");
    let plain = district("geom", true);
    // The bounds of each geometry, as newer writers add them.
    let bound = |name: &str| Arc::new(Field::new(name, DataType::Float64, true));
    let number = |value: f64| Arc::new(Float64Array::from(vec![value])) as ArrayRef;
    let bounds = StructArray::from(vec![
        (bound("xmin"), number(0.0)),
        (bound("ymin"), number(0.0)),
    ]);
    let mut fields: Vec<_> = plain.schema().fields().iter().cloned().collect();
    fields.push(Arc::new(Field::new(
        "bbox",
        bounds.data_type().clone(),
        true,
    )));
    let mut columns = plain.columns().to_vec();
    columns.push(Arc::new(bounds));
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let geo = r#"{"version":"1.1.0","primary_column":"geom","columns":{"geom":{"encoding":"WKB",
        "geometry_types":["Polygon"],"covering":{"bbox":{"xmin":["bbox","xmin"]}}}}}"#;
    write(&path, &batch, Some(geo));
    expect_square(&house.load(POLYGONS, &[path]).unwrap());
}

#[test]
fn geoparquet_in_metres_is_refused_by_the_name_of_its_system() {
    let house = House::new();
    let path = house.path("districts.parquet");
    let geo = r#"{"version":"1.1.0","primary_column":"geometry","columns":{"geometry":{
        "encoding":"WKB","geometry_types":[],"crs":{"name":"WGS 84 / UTM zone 44N",
        "id":{"authority":"EPSG","code":32644}}}}}"#;
    write(&path, &district("geometry", true), Some(geo));
    let error = house.load(POLYGONS, &[path]).err().unwrap().to_string();
    assert!(error.contains("UTM zone 44N"), "{error}");
    assert!(error.contains("EPSG:4326"), "{error}");
}

#[test]
fn an_arrow_file_with_geoarrow_is_read() {
    let house = House::new();
    let path = house.path("districts.arrow");
    let batch = district("geometry", true);
    let file = File::create(&path).unwrap();
    let mut writer = arrow::ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    expect_square(&house.load(POLYGONS, &[path]).unwrap());
}
