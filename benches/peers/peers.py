"""The work of `peers.rs` done by the packages researchers use today.

Reads the inputs that the Rust side wrote, times esda, libpysal, pygeoda, a
SciPy sparse product and scans on them, and writes seconds and a few answers as JSON, so
that both sides are seen to have done the same work. Compiled code (numba) is
warmed before it is timed.

    python peers.py FOLDER [--large]
"""

import json
import sys
import time
import warnings
from pathlib import Path

import esda
import h3
import numpy as np
import pandas as pd
import pygeoda
import scipy.sparse
from libpysal.weights import W
from scan_peers import time_scans

warnings.filterwarnings("ignore")

PERMUTATIONS = 999
JOBS = 2
SEED = 12345


def seconds(work, repeats=1):
    """Least time of some repeats, and the last answer."""
    best, answer = float("inf"), None
    for _ in range(repeats):
        start = time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - start)
    return best, answer


def k_ring_lists(cells):
    """Neighbours of each cell among the cells, as positions."""
    at = {cell: unit for unit, cell in enumerate(cells)}
    return {
        unit: [at[near] for near in h3.grid_disk(cell, 1) if near != cell and near in at]
        for unit, cell in enumerate(cells)
    }


def k_ring_weights(cells):
    """What a libpysal user does: lists by h3, weights by libpysal."""
    return W(k_ring_lists(cells), id_order=list(range(len(cells))), silence_warnings=True)


def geoda_weights(neighbours, folder):
    """The same links for pygeoda, which takes them from a GAL file."""
    path = folder / "links.gal"
    with path.open("w") as file:
        file.write(f"0 {len(neighbours)} units id\n")
        for unit, near in neighbours.items():
            file.write(f"{unit + 1} {len(near)}\n{' '.join(str(n + 1) for n in near)}\n")
    return pygeoda.read_gal(str(path), [str(unit + 1) for unit in neighbours])


def gi_star_by_hand(links, values):
    """Analytic Gi* as one writes it in NumPy: Getis & Ord (1996), eq. 8.3."""
    n = len(values)
    own = np.asarray(links.sum(axis=1)).ravel()
    squares = np.asarray(links.power(2).sum(axis=1)).ravel()
    spread = values.std() * np.sqrt((n * squares - own**2) / (n - 1))
    return (links @ values - values.mean() * own) / spread


def spatial_eb(cases, population, weights):
    return esda.smoothing.Spatial_Empirical_Bayes(cases, population, weights).r


def main():
    folder = Path(sys.argv[1])
    is_large = "--large" in sys.argv[2:]
    units = pd.read_csv(folder / "units.csv", dtype={"cell": str})
    cells = units["cell"].tolist()
    values = units["value"].to_numpy()
    cases = units["cases"].to_numpy(float)
    population = units["population"].to_numpy(float)
    results = {}

    def note(name, peer, spent, answer=None):
        results.setdefault(name, {})[peer] = {"seconds": spent, "answer": answer}
        print(f"{name:<28} {peer:<22} {spent:10.4f} s", flush=True)

    spent, weights = seconds(lambda: k_ring_weights(cells))
    note("k_ring_weights", "h3 + libpysal", spent, int(weights.nonzero))

    # Compile before timing, on a small piece of the same.
    small = k_ring_weights(cells[:500])
    few = values[:500]
    esda.Moran_Local(few, small, permutations=9, n_jobs=JOBS, seed=SEED)
    esda.G_Local(few, small, star=True, transform="B", permutations=9, n_jobs=JOBS, seed=SEED)

    spent, moran = seconds(
        lambda: esda.Moran_Local(
            values, weights, transformation="r", permutations=PERMUTATIONS, n_jobs=JOBS, seed=SEED
        )
    )
    note("local_moran_999", "esda", spent, float(moran.Is.sum()))

    spent, g_star = seconds(
        lambda: esda.G_Local(
            values,
            weights,
            transform="B",
            star=True,
            permutations=PERMUTATIONS,
            n_jobs=JOBS,
            seed=SEED,
        )
    )
    note("gi_star_999", "esda", spent, float(np.abs(g_star.Zs).sum()))

    spent, analytic = seconds(
        lambda: esda.G_Local(values, weights, transform="B", star=True, permutations=0), 2
    )
    note("gi_star_analytic", "esda", spent, float(np.abs(analytic.Zs).sum()))

    sparse = scipy.sparse.csr_matrix(weights.sparse) + scipy.sparse.identity(len(values), format="csr")
    spent, _ = seconds(lambda: sparse @ values, 50)
    note("gi_star_analytic", "SciPy sparse product", spent)
    spent, z = seconds(lambda: gi_star_by_hand(sparse, values), 20)
    note("gi_star_analytic", "NumPy and SciPy, whole z", spent, float(np.abs(z).sum()))

    spent, smoothed = seconds(lambda: spatial_eb(cases, population, weights))
    note("spatial_eb", "esda", spent, float(np.nansum(smoothed)))

    links = geoda_weights(weights.neighbors, folder)
    # pygeoda reports the ratio form of Gi*, not z, so only Moran's I compares.
    for name, work, compares in [
        ("local_moran_999", pygeoda.local_moran, True),
        ("gi_star_999", pygeoda.local_gstar, False),
    ]:
        spent, answer = seconds(
            lambda: work(
                links, list(values), permutations=PERMUTATIONS, cpu_threads=JOBS, seed=SEED
            )
        )
        total = float(np.sum(answer.lisa_values())) if compares else None
        note(name, "pygeoda", spent, total)

    time_scans(folder, units, note)

    if is_large:
        large = pd.read_csv(folder / "large.csv", dtype={"cell": str})
        wide = k_ring_weights(large["cell"].tolist())
        field = large["value"].to_numpy()
        spent, moran = seconds(
            lambda: esda.Moran_Local(
                field, wide, transformation="r", permutations=PERMUTATIONS, n_jobs=JOBS, seed=SEED
            )
        )
        note("local_moran_999_640k", "esda", spent, float(moran.Is.sum()))

    (folder / "peers.json").write_text(json.dumps(results, indent=1))


main()
