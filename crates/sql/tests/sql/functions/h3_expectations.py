"""What h3-py says of random and edge cells, for the tests of the h3 functions.

usage: h3_expectations.py ROWS SEED FOLDER

Writes one file a column into FOLDER: little-endian u64 (NAME.u64) or f64
(NAME.f64), and polygons.json. A list is kept as its length, its sum and its
exclusive or, both modulo 2**64, so that a million lists fit. What h3 refuses is
`NONE`, or not-a-number.
"""

import json
import math
import random
import sys
from array import array

import h3.api.basic_int as h3

NONE = 2**64 - 1
MASK = 2**64 - 1
MOST_CORNERS = 10


def points(rows, rng):
    """Random points of all resolutions, then poles and the antimeridian."""
    edge = []
    for resolution in range(16):
        for latitude in (90.0, -90.0, 89.999999, -89.999999, 0.0, 28.6):
            for longitude in (180.0, -180.0, 179.999999, -179.999999, 0.0, 77.2):
                edge.append((latitude, longitude, resolution))
        for pentagon in h3.get_pentagons(resolution):
            for cell in h3.grid_disk(pentagon, 1):
                edge.append((*h3.cell_to_latlng(cell), resolution))
    for cell in h3.get_res0_cells():
        edge.append((*h3.cell_to_latlng(cell), 0))
    yield from edge
    for _ in range(max(0, rows - len(edge))):
        # Uniform on the sphere would want an arcsine; poles are tried more
        # often this way, which is as well.
        yield rng.uniform(-90, 90), rng.uniform(-180, 180), rng.randrange(16)


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except Exception:
        return None


class Columns:
    def __init__(self):
        self.integers = {}
        self.numbers = {}

    def integer(self, name, value):
        self.integers.setdefault(name, array("Q")).append(
            NONE if value is None else value & MASK
        )

    def number(self, name, value):
        self.numbers.setdefault(name, array("d")).append(
            float("nan") if value is None else value
        )

    def list(self, name, values):
        if values is None:
            self.integer(name + "_len", None)
            self.integer(name + "_sum", None)
            self.integer(name + "_xor", None)
            return
        values = list(values)
        exclusive = 0
        for value in values:
            exclusive ^= value & MASK
        self.integer(name + "_len", len(values))
        self.integer(name + "_sum", sum(values))
        self.integer(name + "_xor", exclusive)

    def line(self, name, corners, most):
        """Corners of an outline in their order, filled up with not-a-number."""
        for at in range(most):
            latitude, longitude = corners[at] if at < len(corners) else (None, None)
            self.number(name + "_latitude", latitude)
            self.number(name + "_longitude", longitude)

    def write(self, folder):
        for kind, columns in (("u64", self.integers), ("f64", self.numbers)):
            for name, values in columns.items():
                with open(f"{folder}/{name}.{kind}", "wb") as file:
                    if sys.byteorder == "big":
                        values.byteswap()
                    values.tofile(file)


def describe(columns, latitude, longitude, resolution, rng):
    columns.number("latitude", latitude)
    columns.number("longitude", longitude)
    columns.integer("resolution", resolution)
    cell = h3.latlng_to_cell(latitude, longitude, resolution)
    columns.integer("cell", cell)
    centre = h3.cell_to_latlng(cell)
    columns.number("cell_latitude", centre[0])
    columns.number("cell_longitude", centre[1])
    columns.integer("base_cell", h3.get_base_cell_number(cell))
    columns.integer("pentagon", int(h3.is_pentagon(cell)))
    columns.integer("class_iii", int(h3.is_res_class_III(cell)))
    columns.list("faces", h3.get_icosahedron_faces(cell))
    columns.number("area", h3.cell_area(cell, "km^2"))
    columns.line("boundary", h3.cell_to_boundary(cell), MOST_CORNERS)
    columns.integer(
        "digit", h3.get_index_digit(cell, resolution) if resolution else None
    )

    coarser = rng.randrange(resolution + 1)
    finer = min(15, resolution + rng.randrange(3))
    columns.integer("coarser", coarser)
    columns.integer("finer", finer)
    columns.integer("parent", h3.cell_to_parent(cell, coarser))
    columns.integer("center_child", h3.cell_to_center_child(cell, finer))
    columns.integer("children_size", h3.cell_to_children_size(cell, finer))
    columns.list("children", h3.cell_to_children(cell, finer))
    position = h3.cell_to_child_pos(cell, coarser)
    columns.integer("position", position)
    columns.integer(
        "at_position",
        h3.child_pos_to_cell(h3.cell_to_parent(cell, coarser), resolution, position),
    )

    k = rng.randrange(4)
    columns.integer("k", k)
    disk = list(h3.grid_disk(cell, k))
    ring = list(h3.grid_ring(cell, k))
    columns.list("disk", disk)
    columns.list("ring", ring)
    other = min(disk, key=lambda near: (near * 0x9E3779B97F4A7C15) & MASK)
    columns.integer("other", other)
    distance = attempt(h3.grid_distance, cell, other)
    columns.integer("distance", distance)
    path = attempt(h3.grid_path_cells, cell, other)
    columns.list("path", path)
    columns.integer(
        "path_order",
        None if path is None else sum(step * at for step, at in enumerate(path, 1)),
    )
    local = attempt(h3.cell_to_local_ij, cell, other)
    # From 2**32 up: -1 would read as NONE.
    columns.integer("local_i", None if local is None else local[0] + 2**32)
    columns.integer("local_j", None if local is None else local[1] + 2**32)
    columns.integer(
        "neighbor", attempt(lambda: int(h3.are_neighbor_cells(cell, other)))
    )
    columns.integer("edge_to", attempt(h3.cells_to_directed_edge, cell, other))
    columns.list("compact", h3.compact_cells(disk))

    edges = sorted(h3.origin_to_directed_edges(cell))
    columns.list("edges", edges)
    edge = edges[rng.randrange(len(edges))]
    columns.integer("edge", edge)
    columns.integer("edge_destination", h3.get_directed_edge_destination(edge))
    columns.integer(
        "edge_back",
        h3.cells_to_directed_edge(h3.get_directed_edge_destination(edge), cell),
    )
    columns.line("edge_boundary", h3.directed_edge_to_boundary(edge), MOST_CORNERS)
    columns.number("edge_length", h3.edge_length(edge, "km"))
    columns.number(
        "great_circle",
        h3.great_circle_distance(centre, h3.cell_to_latlng(other), "km"),
    )

    columns.list("vertexes", h3.cell_to_vertexes(cell))
    vertex = h3.cell_to_vertex(cell, 2)
    columns.integer("vertex", vertex)
    columns.number("vertex_latitude", h3.vertex_to_latlng(vertex)[0])
    columns.number("vertex_longitude", h3.vertex_to_latlng(vertex)[1])

    # Some bits turned: most of these are no index of any kind.
    broken = cell ^ (1 << rng.randrange(64))
    columns.integer("broken", broken)
    columns.integer("broken_cell", int(h3.is_valid_cell(broken)))
    columns.integer("broken_edge", int(h3.is_valid_directed_edge(broken)))
    columns.integer("broken_vertex", int(h3.is_valid_vertex(broken)))
    columns.integer("broken_index", int(h3.is_valid_index(broken)))


def is_within(point, ring):
    """Whether a point lies in a ring, by the edges that a ray crosses."""
    crossed = False
    for (north, east), (north_1, east_1) in zip(ring, ring[1:] + ring[:1]):
        if (north > point[0]) != (north_1 > point[0]):
            at = east + (point[0] - north) / (north_1 - north) * (east_1 - east)
            crossed ^= at > point[1]
    return crossed


def polygons(rng):
    """Polygons around random places, one in four with a hole, one in five near
    a pole and one in five across the antimeridian."""
    result = []
    for at in range(300):
        resolution = rng.randrange(2, 10)
        size = 8 * h3.average_hexagon_edge_length(resolution, "km") / 111
        latitude = rng.uniform(-60, 60)
        longitude = rng.uniform(-179, 179)
        if at % 5 == 0:
            latitude = rng.choice([-1, 1]) * rng.uniform(80, 86)
        if at % 5 == 1:
            longitude = rng.choice([-1, 1]) * (180 - rng.uniform(0, size / 2))

        def ring(radius):
            corners = []
            count = rng.randrange(3, 8)
            for corner in range(count):
                angle = 2 * math.pi * (corner + rng.uniform(0, 0.6)) / count
                reach = radius * rng.uniform(0.6, 1.0)
                corners.append(
                    (
                        latitude + reach * math.sin(angle),
                        longitude
                        + reach * math.cos(angle) / math.cos(math.radians(latitude)),
                    )
                )
            return corners

        outer = ring(size)
        reach = [corner[1] for corner in outer]
        # What reaches half around a pole, and the cell of a pole itself, has no
        # inside that longitudes tell.
        if any(abs(corner[0]) > 87 for corner in outer) or max(reach) - min(reach) > 170:
            continue
        holes = [ring(size * 0.25)] if rng.random() < 0.25 else []
        if not all(is_within(corner, outer) for hole in holes for corner in hole):
            continue
        outer, *holes = [
            [(north, (east + 180) % 360 - 180) for north, east in corners]
            for corners in (outer, *holes)
        ]
        shape = h3.LatLngPoly(outer, *holes)
        result.append(
            {
                "resolution": resolution,
                "outer": outer,
                "holes": holes,
                **{
                    mode: sorted(
                        str(cell)
                        for cell in h3.h3shape_to_cells_experimental(
                            shape, resolution, contain=mode
                        )
                    )
                    for mode in ("center", "full", "overlap")
                },
            }
        )
    return result


def outlines(rng):
    """Outlines of sets of cells around random places, some with holes."""
    result = []
    while len(result) < 200:
        resolution = rng.randrange(2, 12)
        cell = h3.latlng_to_cell(rng.uniform(-70, 70), rng.uniform(-150, 150), resolution)
        disk = h3.grid_disk(cell, rng.randrange(1, 5))
        cells = [near for near in disk if rng.random() < 0.8]
        if not cells:
            continue
        shape = h3.cells_to_h3shape(cells, tight=False)
        result.append(
            {
                "cells": [str(cell) for cell in cells],
                "polygons": [[polygon.outer, *polygon.holes] for polygon in shape],
            }
        )
    return result


def resolutions():
    """What is known of whole resolutions."""
    return [
        {
            "cells": h3.get_num_cells(resolution),
            "area_km2": h3.average_hexagon_area(resolution, "km^2"),
            "area_m2": h3.average_hexagon_area(resolution, "m^2"),
            "edge_km": h3.average_hexagon_edge_length(resolution, "km"),
            "edge_m": h3.average_hexagon_edge_length(resolution, "m"),
            "pentagons": sorted(str(cell) for cell in h3.get_pentagons(resolution)),
        }
        for resolution in range(16)
    ]


def main():
    rows, seed, folder = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    rng = random.Random(seed)
    columns = Columns()
    for latitude, longitude, resolution in points(rows, rng):
        describe(columns, latitude, longitude, resolution, rng)
    columns.write(folder)
    with open(f"{folder}/polygons.json", "w") as file:
        known = {
            "polygons": polygons(rng),
            "outlines": outlines(rng),
            "resolutions": resolutions(),
        }
        json.dump(known, file)


main()
