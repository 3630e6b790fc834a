//! Vector tiles, read back by a decoder that shares no code with the encoder.

use arrow::array::AsArray as _;
use geo::{Area as _, Geometry};
use mvt_reader::Reader;
use mvt_reader::feature::{Feature, Value};

use super::session::{rows, session, value};

/// The features of the one layer of a tile, and the layer's name and extent.
async fn decoded(partitions: usize, sql: &str) -> (String, u32, Vec<Feature>) {
    let batch = rows(&session(partitions), sql).await.unwrap();
    assert_eq!(batch.num_rows(), 1, "{sql}");
    let reader = Reader::new(batch.column(0).as_binary::<i32>().value(0).to_vec()).unwrap();
    let layers = reader.get_layer_metadata().unwrap();
    assert_eq!(layers.len(), 1, "{sql}");
    let features = reader.get_features(0).unwrap();
    (layers[0].name.clone(), layers[0].extent, features)
}

#[tokio::test]
async fn a_tile_holds_each_row_with_its_values_where_it_lies() {
    let sql = "SELECT st_asmvt(named_struct('id', id, 'name', name, 'cases', cases, 'rate', rate, \
               'geometry', st_asmvtgeom(st_transform(st_point(lng, lat), 3857), \
               st_tileenvelope(5, 22, 13))), 'places', 4096, 'geometry', 'id') FROM (VALUES \
               (7, 'Dilli', 12, 0.5, 77.2, 28.6), (8, NULL, NULL, 1.25, 78.0, 28.0), \
               (9, 'far away', 1, 1.0, 0.0, 0.0)) AS t(id, name, cases, rate, lng, lat)";
    let (name, extent, features) = decoded(1, sql).await;
    assert_eq!((name.as_str(), extent), ("places", 4096));
    // The one beyond the tile has no geometry there and is left out.
    assert_eq!(features.len(), 2);
    let ids: Vec<_> = features.iter().map(|feature| feature.id).collect();
    assert_eq!(ids, [Some(7), Some(8)]);
    let properties = features[0].properties.as_ref().unwrap();
    assert_eq!(properties["name"], Value::String("Dilli".into()));
    assert_eq!(properties["cases"], Value::Int(12));
    assert_eq!(properties["rate"], Value::Double(0.5));
    assert!(!properties.contains_key("id") && !properties.contains_key("geometry"));
    // Null is absent: tiles have none.
    let properties = features[1].properties.as_ref().unwrap();
    assert_eq!(properties.len(), 1);
    // Spherical Mercator by hand: 32 tiles of 4096 units from 180° W, and from
    // the latitude whose Mercator ordinate is π.
    for (feature, lng, lat) in [
        (&features[0], 77.2_f64, 28.6_f64),
        (&features[1], 78.0, 28.0),
    ] {
        let x = (lng + 180.0) / 360.0 * 32.0 - 22.0;
        let ordinate = (std::f64::consts::FRAC_PI_4 + lat.to_radians() / 2.0)
            .tan()
            .ln();
        let y = (1.0 - ordinate / std::f64::consts::PI) * 16.0 - 13.0;
        let (x, y) = ((x * 4096.0).round() as f32, (y * 4096.0).round() as f32);
        let found = match feature.get_geometry() {
            Geometry::MultiPoint(points) => points.0[0],
            Geometry::Point(point) => *point,
            other => panic!("no point: {other:?}"),
        };
        assert_eq!((found.x(), found.y()), (x, y));
    }
}

#[tokio::test]
async fn areas_and_lines_keep_their_shape_and_their_holes() {
    let area = "POLYGON((0 0, 100 0, 100 100, 0 100, 0 0), (20 20, 20 40, 40 40, 40 20, 20 20))";
    let line = "MULTILINESTRING((0 0, 50 50), (50 50, 60 0), (70 70, 80 80))";
    let bounds = "st_geomfromtext('POLYGON((0 0, 100 0, 100 100, 0 100, 0 0))')";
    for partitions in [1, 4] {
        let sql = format!(
            "SELECT st_asmvt(named_struct('g', st_asmvtgeom(g, {bounds}, 100, 0)), 'shapes', 100) \
             FROM (SELECT st_geomfromtext('{area}') AS g)"
        );
        let (_, extent, features) = decoded(partitions, &sql).await;
        assert_eq!(extent, 100);
        let Geometry::MultiPolygon(areas) = features[0].get_geometry() else {
            panic!("no area: {:?}", features[0].get_geometry());
        };
        assert_eq!(areas.0.len(), 1);
        assert_eq!(areas.0[0].interiors().len(), 1);
        assert_eq!(areas.unsigned_area(), 9_600.0);
        let sql = sql.replace(area, line);
        let (_, _, features) = decoded(partitions, &sql).await;
        let length: f32 = match features[0].get_geometry() {
            Geometry::MultiLineString(lines) => lines
                .0
                .iter()
                .flat_map(geo::LineString::lines)
                .map(|line| (line.dx().powi(2) + line.dy().powi(2)).sqrt())
                .sum(),
            other => panic!("no lines: {other:?}"),
        };
        let expected = 50.0_f32.hypot(50.0) + 10.0_f32.hypot(50.0) + 10.0_f32.hypot(10.0);
        assert!((length - expected).abs() < 1e-3, "{length}");
    }
}

#[tokio::test]
async fn a_tile_without_features_is_empty() {
    let tile =
        value("SELECT st_asmvt(named_struct('g', CAST(NULL AS BYTEA))) FROM (VALUES (1)) t(a)");
    assert_eq!(tile.await.unwrap().as_deref(), Some(""));
}

#[tokio::test]
async fn coordinates_go_to_web_maps_and_back() {
    let there = value(
        "SELECT round(st_x(st_geomfromwkb(st_transform(st_transform(st_point(77.2, 28.6), 'EPSG:4326', 3857), 4326))), 9)",
    );
    assert_eq!(there.await.unwrap().as_deref(), Some("77.2"));
    let metres =
        value("SELECT round(st_x(st_geomfromwkb(st_transform(st_point(180.0, 0.0), 3857))), 3)");
    assert_eq!(metres.await.unwrap().as_deref(), Some("20037508.343"));
    assert!(
        value("SELECT st_transform(st_point(0.0, 90.0), 3857)")
            .await
            .is_err()
    );
    assert!(
        value("SELECT st_transform(st_point(0.0, 0.0), 27700)")
            .await
            .is_err()
    );
}

#[tokio::test]
async fn tiles_that_are_none_and_rows_that_are_none_are_errors() {
    for sql in [
        "SELECT st_tileenvelope(1, 2, 0)",
        "SELECT st_tileenvelope(40, 0, 0)",
        "SELECT st_asmvtgeom(st_point(0.0, 0.0), st_point(0.0, 0.0))",
        "SELECT st_asmvt(1)",
        "SELECT st_asmvt(named_struct('name', 'no geometry'))",
        "SELECT st_asmvt(named_struct('g', X'00', 'list', make_array(1)))",
        "SELECT st_asmvt(named_struct('g', X'00'))",
    ] {
        assert!(value(sql).await.is_err(), "{sql}");
    }
    let envelope = value("SELECT st_astext(st_tileenvelope(0, 0, 0)) IS NOT NULL");
    assert_eq!(envelope.await.unwrap().as_deref(), Some("true"));
    let nothing = value(
        "SELECT st_asmvtgeom(st_geomfromtext('POINT(9e9 0)'), st_tileenvelope(0, 0, 0)) IS NULL",
    );
    assert_eq!(nothing.await.unwrap().as_deref(), Some("true"));
}
