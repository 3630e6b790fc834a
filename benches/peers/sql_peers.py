"""The questions of `questions.json` asked in DuckDB.

DuckDB's h3 extension comes from a server of its own and cannot be installed as
a package, so h3-py computes cells, called from DuckDB over whole Arrow
vectors. Whatever is no H3 is DuckDB alone.

    python sql_peers.py FOLDER
"""

import json
import sys
import time
from pathlib import Path

import duckdb
import h3.api.numpy_int as h3
import pyarrow as pa

REPEATS = 3


def latlng_to_cell(latitude, longitude, resolution):
    r = resolution[0].as_py()
    pairs = zip(latitude.to_pylist(), longitude.to_pylist())
    return pa.array([h3.latlng_to_cell(lat, lng, r) for lat, lng in pairs], pa.uint64())


def cell_to_parent(cell, resolution):
    r = resolution[0].as_py()
    return pa.array([h3.cell_to_parent(c, r) for c in cell.to_pylist()], pa.uint64())


def main():
    folder = Path(sys.argv[1])
    questions = json.loads((Path(__file__).parent / "questions.json").read_text())
    results = {}
    for threads in [1, 2]:
        database = duckdb.connect()
        database.execute(f"SET threads = {threads}")
        database.create_function(
            "h3_latlng_to_cell", latlng_to_cell, ["DOUBLE", "DOUBLE", "INTEGER"], "UBIGINT", type="arrow"
        )
        database.create_function(
            "h3_cell_to_parent", cell_to_parent, ["UBIGINT", "INTEGER"], "UBIGINT", type="arrow"
        )
        for table in ["points", "places"]:
            path = folder / f"{table}.parquet"
            database.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")
        for question in questions:
            work, sql = question["work"], question["sql"]
            is_h3 = "h3_" in sql
            least, answer = float("inf"), None
            for _ in range(1 if is_h3 else REPEATS):
                start = time.perf_counter()
                rows = database.execute(sql).fetchall()
                least = min(least, time.perf_counter() - start)
                answer = float(rows[0][1])
            peer = f"DuckDB{' + h3-py' if is_h3 else ''}, {threads} threads"
            results.setdefault(work, {})[peer] = {"seconds": least, "answer": answer}
            print(f"{work:<28} {peer:<30} {least:10.4f} s", flush=True)
    (folder / "peers.json").write_text(json.dumps(results, indent=1))


main()
