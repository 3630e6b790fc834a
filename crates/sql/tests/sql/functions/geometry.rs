//! `st_*` beside ours.

use super::session::value;

#[tokio::test]
async fn geometry_functions_are_there_and_take_our_outlines() {
    let area = value(
        "SELECT round(st_area(st_geomfromwkb(h3_cell_to_boundary_wkb('822d57fffffffff'))), 3)",
    )
    .await
    .unwrap();
    // Square degrees, by the shoelace formula on the corners of the cell.
    assert_eq!(area.as_deref(), Some("9.614"));
    let inside = value(
        "SELECT st_contains(
            st_geomfromwkb(h3_cell_to_boundary_wkb('822d57fffffffff')),
            st_point(h3_cell_to_lng('822d57fffffffff'), h3_cell_to_lat('822d57fffffffff')))",
    )
    .await
    .unwrap();
    assert_eq!(inside.as_deref(), Some("true"));
}

#[tokio::test]
async fn an_extent_is_the_rectangle_around_a_group() {
    let rectangle = value(
        "SELECT st_extent(st_point(x, y)) FROM (VALUES (1.0, 2.5), (3.0, -4.0)) AS points(x, y)",
    )
    .await
    .unwrap();
    assert_eq!(
        rectangle.as_deref(),
        Some("{xmin: 1.0, ymin: -4.0, xmax: 3.0, ymax: 2.5}")
    );
}
