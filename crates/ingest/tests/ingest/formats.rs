//! Every format but CSV, on small files made here.

use std::sync::Arc;

use arrow::array::{ArrayRef, Date32Array, Float64Array, Int64Array, RecordBatch, StringArray};
use geo::{Geometry, Point, polygon};
use geozero::{CoordDimensions, ToWkb};

use super::harness::{House, Outcome};
use super::zip::archive;

/// Campaigns of two districts.
pub const CAMPAIGNS: &str = r#"
version = 1
table = "campaigns"
[columns.date]
from = "Date"
[columns.activity]
from = "Activity"
[columns.households_reached]
from = "Households"
[columns.partner]
from = "Partner"
[[locate]]
by = "lgd"
layer = "district"
column = "District"
"#;

pub fn house() -> House {
    House::with_places(&[("district:1", "Aa"), ("district:2", "Bb")])
}

pub fn expect_campaigns(outcome: &Outcome) {
    assert_eq!(outcome.report.quarantined, 0, "{:?}", outcome.quarantine);
    assert_eq!(outcome.values("date"), ["2024-01-31", "2024-02-01"]);
    assert_eq!(outcome.values("place_id"), ["district:1", "district:2"]);
    assert_eq!(outcome.values("households_reached"), ["1234", "15"]);
    assert_eq!(outcome.values("activity"), ["door_to_door", "school"]);
    assert_eq!(outcome.values("partner"), ["Équipe", "संस्था"]);
}

fn expect_parquet_and_arrow(name: &str, write: impl Fn(&RecordBatch, std::fs::File)) {
    let house = house();
    let batch = RecordBatch::try_from_iter([
        (
            "Date",
            Arc::new(Date32Array::from(vec![19753, 19754])) as ArrayRef,
        ),
        (
            "Activity",
            Arc::new(StringArray::from(vec!["Door to door", "School"])),
        ),
        (
            "Households",
            Arc::new(Float64Array::from(vec![1234.0, 15.0])),
        ),
        (
            "Partner",
            Arc::new(StringArray::from(vec!["Équipe", "संस्था"])),
        ),
        ("District", Arc::new(Int64Array::from(vec![1, 2]))),
    ])
    .unwrap();
    let path = house.path(name);
    write(&batch, std::fs::File::create(&path).unwrap());
    expect_campaigns(&house.load(CAMPAIGNS, &[path]).unwrap());
}

#[test]
fn parquet_is_read_with_its_types() {
    expect_parquet_and_arrow("campaigns.parquet", |batch, file| {
        let mut writer = parquet::arrow::ArrowWriter::try_new(file, batch.schema(), None).unwrap();
        writer.write(batch).unwrap();
        writer.close().unwrap();
    });
}

#[test]
fn arrow_is_read_with_its_types() {
    expect_parquet_and_arrow("campaigns.arrow", |batch, file| {
        let mut writer = arrow::ipc::writer::FileWriter::try_new(file, &batch.schema()).unwrap();
        writer.write(batch).unwrap();
        writer.finish().unwrap();
    });
}

/// A workbook with one sheet of these rows of XML.
fn workbook(rows: &str, merged: &str) -> Vec<u8> {
    let sheet = format!(
        r#"<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData>{merged}</worksheet>"#
    );
    archive(&[
        (
            "[Content_Types].xml",
            r#"<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/><Override PartName="/xl/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>"#,
        ),
        (
            "_rels/.rels",
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>"#,
        ),
        (
            "xl/workbook.xml",
            r#"<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Campaigns" sheetId="1" r:id="rId1"/></sheets></workbook>"#,
        ),
        (
            "xl/_rels/workbook.xml.rels",
            r#"<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>"#,
        ),
        (
            "xl/styles.xml",
            r#"<?xml version="1.0"?><styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>"#,
        ),
        ("xl/worksheets/sheet1.xml", &sheet),
    ])
}

fn text_cell(at: &str, text: &str) -> String {
    format!(r#"<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>"#)
}

#[test]
fn a_workbook_is_read_with_dates_blank_rows_and_merged_cells() {
    let header = ["Date", "Activity", "Households", "Partner", "District"];
    let mut rows = String::from(r#"<row r="1">"#);
    rows.push_str(&text_cell("A1", "A title above the table"));
    rows.push_str(r#"</row><row r="3">"#);
    for (column, name) in ["A", "B", "C", "D", "E"].iter().zip(header) {
        rows.push_str(&text_cell(&format!("{column}3"), name));
    }
    // A date by its style, then a blank row, then a day serial without one.
    rows.push_str(r#"</row><row r="4"><c r="A4" s="1"><v>45322</v></c>"#);
    rows.push_str(&text_cell("B4", "Door to door"));
    rows.push_str(r#"<c r="C4"><v>1234</v></c>"#);
    rows.push_str(&text_cell("D4", "Équipe"));
    rows.push_str(r#"<c r="E4"><v>1</v></c></row><row r="6"><c r="A6"><v>45323</v></c>"#);
    rows.push_str(&text_cell("B6", "School"));
    rows.push_str(r#"<c r="C6"><v>15</v></c>"#);
    rows.push_str(&text_cell("D6", "संस्था"));
    rows.push_str(r#"<c r="E6"><v>2</v></c></row><row r="7"><c r="A7"><v>2024</v></c>"#);
    rows.push_str(&text_cell("B7", "School"));
    rows.push_str(r#"<c r="C7"><v>3</v></c></row>"#);
    let merged = r#"<mergeCells count="1"><mergeCell ref="E6:E7"/></mergeCells>"#;
    let house = house();
    let path = house.write("campaigns.xlsx", workbook(&rows, merged));
    let mapping = format!("{CAMPAIGNS}[source]\nskip_lines = 2\n");
    let outcome = house.load(&mapping, std::slice::from_ref(&path)).unwrap();
    assert_eq!(outcome.report.blank_rows, 1);
    // The year 2024 is no day serial; the merged district was filled down.
    assert_eq!(outcome.codes(), ["not_a_date"]);
    assert_eq!(outcome.quarantine[0]["row"], "4");
    assert_eq!(outcome.report.accepted, 2);
    assert_eq!(outcome.values("date"), ["2024-01-31", "2024-02-01"]);
    assert_eq!(outcome.values("place_id"), ["district:1", "district:2"]);

    let missing = format!("{CAMPAIGNS}[source]\nsheet = \"Other\"\n");
    let Err(error) = house.load(&missing, &[path]) else {
        panic!("there is no such sheet")
    };
    assert!(error.to_string().contains("Campaigns"), "{error}");
}

#[test]
fn an_open_document_spreadsheet_is_read() {
    let cell = |text: &str| {
        format!(
            r#"<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>"#
        )
    };
    let number = |value: &str| {
        format!(r#"<table:table-cell office:value-type="float" office:value="{value}"/>"#)
    };
    let date = |value: &str| {
        format!(r#"<table:table-cell office:value-type="date" office:date-value="{value}"/>"#)
    };
    let header: String = ["Date", "Activity", "Households", "Partner", "District"]
        .map(cell)
        .concat();
    let rows = [
        header,
        [
            date("2024-01-31"),
            cell("Door to door"),
            number("1234"),
            cell("Équipe"),
            number("1"),
        ]
        .concat(),
        [
            date("2024-02-01"),
            cell("School"),
            number("15"),
            cell("संस्था"),
            number("2"),
        ]
        .concat(),
    ]
    .map(|row| format!("<table:table-row>{row}</table:table-row>"))
    .concat();
    let content = format!(
        r#"<?xml version="1.0" encoding="UTF-8"?><office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"><office:body><office:spreadsheet><table:table table:name="Sheet1">{rows}</table:table></office:spreadsheet></office:body></office:document-content>"#
    );
    let house = house();
    let path = house.write(
        "campaigns.ods",
        archive(&[
            ("mimetype", "application/vnd.oasis.opendocument.spreadsheet"),
            (
                "META-INF/manifest.xml",
                r#"<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>"#,
            ),
            ("content.xml", &content),
        ]),
    );
    expect_campaigns(&house.load(CAMPAIGNS, &[path]).unwrap());
}

pub const POLYGONS: &str = r#"
version = 1
table = "places"
[columns.name]
from = "name"
[columns.geometry]
from = "geometry"
[[locate]]
by = "lgd"
layer = "district"
column = "code"
create = true
[pii]
"name" = { allow = "names of districts" }
"#;

/// About 111 km by 111 km at the equator.
pub fn square() -> Geometry<f64> {
    polygon![(x: 77.0, y: 0.0), (x: 78.0, y: 0.0), (x: 78.0, y: 1.0), (x: 77.0, y: 1.0)].into()
}

pub fn expect_square(outcome: &Outcome) {
    assert_eq!(outcome.report.accepted, 1, "{:?}", outcome.quarantine);
    let row = &outcome.rows[0];
    assert_eq!(row["place_id"], "district:1");
    assert_eq!(row["name"], "Square");
    let number = |name: &str| row[name].parse::<f64>().unwrap();
    // Karney's method for this square: 12,308.8 km².
    assert!((number("area_km2") - 12_308.8).abs() < 1.0, "{row:?}");
    assert!((0.0..=1.0).contains(&number("latitude")));
    assert!((77.0..=78.0).contains(&number("longitude")));
    assert!(row.contains_key("h3") && row.contains_key("geometry"));
}

const FEATURES: &str = r#"{"type":"FeatureCollection","bbox":[77,0,78,1],"features":[
{"type":"Feature","properties":{"code":1,"name":"Square"},"geometry":{"type":"Polygon","coordinates":[[[77,0],[78,0],[78,1],[77,1],[77,0]]]}}]}"#;

#[test]
fn geojson_polygons_become_places() {
    let house = House::new();
    let path = house.write("districts.geojson", FEATURES);
    expect_square(&house.load(POLYGONS, &[path]).unwrap());
}

#[test]
fn geojson_of_another_system_is_refused() {
    let house = House::new();
    let text = FEATURES.replacen(
        "\"bbox\"",
        "\"crs\":{\"type\":\"name\",\"properties\":{\"name\":\"urn:ogc:def:crs:EPSG::32644\"}},\"bbox\"",
        1,
    );
    let path = house.write("districts.geojson", text);
    let Err(error) = house.load(POLYGONS, &[path]) else {
        panic!("the system is not WGS 84")
    };
    assert!(error.to_string().contains("EPSG:4326"), "{error}");
}

const HABITATIONS: &str = r#"
version = 1
table = "places"
[columns.population]
from = "people"
[[locate]]
by = "id"
layer = "habitation"
column = "id"
create = true
[[locate]]
by = "coordinates"
latitude = "geometry_latitude"
longitude = "geometry_longitude"
area = [68.0, 6.0, 98.0, 38.0]
"#;

#[test]
fn points_give_columns_of_coordinates() {
    let house = House::new();
    let point = |id: u32, people: &str, at: &str| {
        format!(
            r#"{{"type":"Feature","properties":{{"id":"{id}","people":{people}}},"geometry":{{"type":"Point","coordinates":[{at}]}}}}"#
        )
    };
    let text = format!(
        r#"{{"type":"FeatureCollection","features":[{},{},{}]}}"#,
        point(11, "250", "85.5,25.25"),
        point(12, "300", "25.25,85.5"),
        point(13, "null", "86.5,26.25"),
    );
    let path = house.write("habitations.geojson", text);
    let outcome = house.load(HABITATIONS, &[path]).unwrap();
    assert_eq!(outcome.codes(), ["coordinate_outside_area"]);
    assert_eq!(outcome.values("population"), ["250", ""]);
    assert_eq!(outcome.values("latitude"), ["25.25", "26.25"]);
    assert!(!outcome.quarantine[0].contains_key("value"));
}

#[test]
fn a_shapefile_is_read_with_its_table_and_projection() {
    use shapefile::dbase::{FieldName, FieldValue, Record, TableWriterBuilder};
    let house = House::new();
    let path = house.path("districts.shp");
    let name = |text: &str| FieldName::try_from(text).unwrap();
    let table = TableWriterBuilder::new()
        .add_numeric_field(name("code"), 10, 0)
        .add_character_field(name("name"), 50);
    let mut writer = shapefile::Writer::from_path(&path, table).unwrap();
    let ring = shapefile::PolygonRing::Outer(
        [
            (77.0, 0.0),
            (77.0, 1.0),
            (78.0, 1.0),
            (78.0, 0.0),
            (77.0, 0.0),
        ]
        .map(|(x, y)| shapefile::Point::new(x, y))
        .to_vec(),
    );
    let mut record = Record::default();
    record.insert("code".into(), FieldValue::Numeric(Some(1.0)));
    record.insert("name".into(), FieldValue::Character(Some("Square".into())));
    writer
        .write_shape_and_record(&shapefile::Polygon::new(ring), &record)
        .unwrap();
    drop(writer);
    expect_square(&house.load(POLYGONS, std::slice::from_ref(&path)).unwrap());

    house.write(
        "districts.prj",
        r#"GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137,298.257223563]]]"#,
    );
    expect_square(&house.load(POLYGONS, std::slice::from_ref(&path)).unwrap());
    house.write(
        "districts.prj",
        r#"PROJCS["WGS_1984_UTM_Zone_44N",GEOGCS["GCS_WGS_1984"]]"#,
    );
    let Err(error) = house.load(POLYGONS, &[path]) else {
        panic!("the system is projected")
    };
    assert!(error.to_string().contains("EPSG:4326"), "{error}");
}

fn geopackage(house: &House, srs_id: i64) -> std::path::PathBuf {
    let path = house.path(&format!("districts_{srs_id}.gpkg"));
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT, organization_coordsys_id INTEGER, definition TEXT);
             INSERT INTO gpkg_spatial_ref_sys VALUES ('WGS 84', 4326, 'EPSG', 4326, ''), ('UTM 44N', 32644, 'EPSG', 32644, '');
             CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT);
             CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER, z INTEGER, m INTEGER);
             CREATE TABLE districts (fid INTEGER PRIMARY KEY, code INTEGER, name TEXT, geom BLOB);
             INSERT INTO gpkg_contents VALUES ('districts', 'features');",
        )
        .unwrap();
    connection
        .execute(
            "INSERT INTO gpkg_geometry_columns VALUES ('districts', 'geom', 'POLYGON', ?1, 0, 0)",
            [srs_id],
        )
        .unwrap();
    let geometry = square()
        .to_gpkg_wkb(
            CoordDimensions::xy(),
            Some(4326),
            vec![77.0, 78.0, 0.0, 1.0],
        )
        .unwrap();
    connection
        .execute(
            "INSERT INTO districts (code, name, geom) VALUES (1, 'Square', ?1)",
            [geometry],
        )
        .unwrap();
    path
}

#[test]
fn a_geopackage_is_read_and_its_system_checked() {
    let house = House::new();
    let path = geopackage(&house, 4326);
    expect_square(&house.load(POLYGONS, std::slice::from_ref(&path)).unwrap());
    let named = format!("{POLYGONS}[source]\nlayer = \"districts\"\n");
    expect_square(&house.load(&named, std::slice::from_ref(&path)).unwrap());
    let missing = format!("{POLYGONS}[source]\nlayer = \"villages\"\n");
    assert!(house.load(&missing, &[path]).is_err());
    let Err(error) = house.load(POLYGONS, &[geopackage(&house, 32644)]) else {
        panic!("the system is projected")
    };
    assert!(error.to_string().contains("32644"), "{error}");
}

#[test]
fn flatgeobuf_is_read() {
    use flatgeobuf::{ColumnType, FgbWriter, GeometryType};
    use geozero::{ColumnValue, PropertyProcessor};
    let house = House::new();
    let mut writer = FgbWriter::create("districts", GeometryType::Polygon).unwrap();
    writer.add_column("code", ColumnType::Int, |_, _| {});
    writer.add_column("name", ColumnType::String, |_, _| {});
    writer
        .add_feature_geom(square(), |feature| {
            feature.property(0, "code", &ColumnValue::Int(1)).unwrap();
            feature
                .property(1, "name", &ColumnValue::String("Square"))
                .unwrap();
        })
        .unwrap();
    let path = house.path("districts.fgb");
    writer.write(std::fs::File::create(&path).unwrap()).unwrap();
    expect_square(&house.load(POLYGONS, &[path]).unwrap());
}

#[test]
fn a_point_is_no_polygon_and_nothing_is_no_geometry() {
    let house = House::new();
    let point: Geometry<f64> = Point::new(77.0, 1.0).into();
    assert!(matches!(point, Geometry::Point(_)));
    let text = r#"{"type":"FeatureCollection","features":[
{"type":"Feature","properties":{"code":1,"name":"a"},"geometry":{"type":"LineString","coordinates":[[77,1],[78,1]]}},
{"type":"Feature","properties":{"code":2,"name":"b"},"geometry":null},
{"type":"Feature","properties":{"code":3,"name":"c"},"geometry":{"type":"Polygon","coordinates":[[[77,0],[278,0],[78,1],[77,0]]]}},
{"type":"Feature","properties":{"code":4,"name":"d"},"geometry":{"type":"Polygon","coordinates":[[[77,0],[78,0],[79,0],[77,0]]]}}]}"#;
    let path = house.write("districts.geojson", text);
    let outcome = house.load(POLYGONS, &[path]).unwrap();
    assert_eq!(
        outcome.codes(),
        [
            "geometry_invalid",
            "geometry_invalid",
            "coordinate_invalid",
            "geometry_invalid"
        ]
    );
}

#[test]
fn an_unknown_extension_asks_for_the_format() {
    let house = house();
    let text = super::csv::LINES.join("\n").replace('|', ",");
    let path = house.write("campaigns.dat", text);
    let Err(error) = house.load(CAMPAIGNS, std::slice::from_ref(&path)) else {
        panic!("the format is not known")
    };
    assert!(error.to_string().contains("`format`"), "{error}");
    let stated = format!("{CAMPAIGNS}[source]\nformat = \"csv\"\n");
    expect_campaigns(&house.load(&stated, &[path]).unwrap());
}

#[test]
fn a_missing_column_is_named_with_the_columns_there_are() {
    let message = house().csv_fails(CAMPAIGNS, "Date,Activity,Homes,Partner,District\n");
    assert!(
        message.contains("Households") && message.contains("Homes"),
        "{message}"
    );
}
