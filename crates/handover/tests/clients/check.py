"""Opens the files of a plan with clients that are not ours.

Usage: check.py FOLDER

FOLDER holds the unpacked bundle. Each client that is installed looks at its
file; the names of the others are printed as `skipped NAME`. Fails at the first
thing that is not as it should be.
"""

import importlib
import json
import pathlib
import sys

folder = pathlib.Path(sys.argv[1])
plan = json.loads((folder / "plan.json").read_text("utf-8"))


def client(*modules):
    """The modules, or None if one is not installed."""
    try:
        return [importlib.import_module(module) for module in modules]
    except ImportError:
        print(f"skipped {modules[0]}")
        return None


def workbook():
    found = client("openpyxl")
    if not found:
        return
    book = found[0].load_workbook(folder / "plan.xlsx")
    assert book.properties.created.isoformat()[:10] == plan["made_on"]
    lists = 0
    for sheet in book:
        assert sheet.freeze_panes or sheet.title == book.sheetnames[0]
        assert sheet.print_area, sheet.title
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", f"formula in {sheet.title}!{cell.coordinate}"
        if any(cell.value == "visit_id" for cell in sheet[4]):
            lists += 1
            kinds = sorted(rule.type for rule in sheet.data_validations.dataValidation)
            assert kinds == ["date", "list", "whole"], kinds
            assert sheet.row_dimensions[4].hidden
            assert sheet.column_dimensions["A"].hidden
            assert sheet.print_title_rows == "$5:$5"
    assert lists == len({route["team_id"] for route in plan["routes"]})
    print("openpyxl: no formula,", lists, "walk lists")


def map_features():
    found = client("pyogrio")
    if not found:
        return
    layer = found[0].read_info(folder / "plan.geojson")
    visits = sum(len(route["visits"]) for route in plan["routes"])
    visited = {visit["place_id"] for route in plan["routes"] for visit in route["visits"]}
    rest = sum(village["place_id"] not in visited for village in plan["villages"])
    expected = visits + rest + len(plan["left_out"])
    expected += len(plan["routes"]) + len(plan["asked"]["teams"])
    assert layer["features"] == expected, (layer["features"], expected)
    assert layer["crs"] == "EPSG:4326"
    print("GDAL:", expected, "features")


def archive():
    found = client("pmtiles.reader", "mapbox_vector_tile", "gzip")
    if not found:
        return
    reader_module, mvt, gzip = found
    with open(folder / "plan.pmtiles", "rb") as file:
        reader = reader_module.Reader(reader_module.MmapSource(file))
        header = reader.header()
        assert header["version"] == 3
        metadata = reader.metadata()
        assert metadata["plan_id"] == plan["plan_id"]
        assert metadata["release_id"] == plan["release_id"]
        seen = {}
        for (z, _, _), data in reader_module.all_tiles(reader.get_bytes):
            tile = mvt.decode(gzip.decompress(data))
            for name, layer in tile.items():
                for feature in layer["features"]:
                    key = feature["properties"].get("place_id")
                    seen.setdefault((z, name), set()).add(key)
    places = {village["place_id"] for village in plan["villages"]}
    for zoom in range(header["min_zoom"], header["max_zoom"] + 1):
        assert seen[(zoom, "villages")] == places, zoom
        assert (zoom, "routes") in seen or not plan["routes"], zoom
    print("pmtiles:", header["addressed_tiles_count"], "tiles")


def tables():
    found = client("frictionless")
    if not found:
        return
    report = found[0].validate(str(folder / "datapackage.json"))
    assert report.valid, report.flatten(["type", "message"])
    print("frictionless:", len(report.tasks), "tables")


workbook()
map_features()
archive()
tables()
