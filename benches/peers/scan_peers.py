"""Kulldorff's circular scan by others: places, cases and people of the first
units of `units.csv`, 999 simulations, circles of up to half of the people.

No registry that this project installs from carries SaTScan. Whoever has its
batch program names it in the variable SATSCAN:

    SATSCAN=/path/to/satscan cargo xtask bench --peers

Its files are then written to the folder and it is timed from start to end.
"""

import os
import re
import subprocess
import time

import h3
import numba
import numpy as np

PLACES = 3_000
SIMULATIONS = 999
THREADS = 2
SEED = 42

PARAMETERS = """[Input]
CaseFile={folder}/scan.cas
PopulationFile={folder}/scan.pop
CoordinatesFile={folder}/scan.geo
CoordinatesType=1
PrecisionCaseTimes=0
StartDate=2000/1/1
EndDate=2000/12/31
[Analysis]
AnalysisType=1
ModelType=0
ScanAreas=1
TimeAggregationUnits=0
[Output]
ResultsFile={folder}/scan.txt
OutputGoogleEarthKML=n
OutputShapefiles=n
OutputCartesianGraph=n
OutputGoogleMaps=n
[Spatial Window]
MaxSpatialSizeInPopulationAtRisk=50
[Inference]
MonteCarloReps={simulations}
PValueReportType=1
[Run Options]
NumberParallelProcesses={threads}
"""


def circles(positions, expected, population):
    """Places by distance about each place, as many as hold half of the people,
    with the sum of expected cases on the way."""
    latitude, longitude = np.radians(positions).T
    x = np.cos(latitude) * np.cos(longitude)
    y = np.cos(latitude) * np.sin(longitude)
    towards = np.column_stack([x, y, np.sin(latitude)])
    order = np.argsort(-(towards @ towards.T), axis=1, kind="stable")
    inside = np.cumsum(population[order], axis=1) <= population.sum() / 2
    reach = inside.sum(axis=1)
    width = reach.max()
    order = order[:, :width].astype(np.int16)
    return order, reach, np.cumsum(expected[order], axis=1)


@numba.njit(parallel=True, cache=False)
def largest_ratios(data, order, reach, log_in, log_out, expected, c_log_c):
    """Largest log likelihood ratio of each data set. Logarithms of expected
    cases stand in tables, and so does n·log n of each count."""
    best = np.zeros(len(data))
    total = data[0].sum()
    for number in numba.prange(len(data)):
        cases = data[number]
        most = 0.0
        for centre in range(len(order)):
            inside = 0
            for at in range(reach[centre]):
                inside += cases[order[centre, at]]
                if inside > expected[centre, at]:
                    ratio = (
                        c_log_c[inside]
                        + c_log_c[total - inside]
                        - inside * log_in[centre, at]
                        - (total - inside) * log_out[centre, at]
                    )
                    most = max(most, ratio)
        best[number] = most
    return best


def scan_by_hand(positions, cases, population, simulations):
    """Ratio of the most likely cluster, with its simulations."""
    total = int(cases.sum())
    expected = total * population / population.sum()
    order, reach, inside = circles(positions, expected, population)
    counts = np.arange(total + 1)
    c_log_c = counts * np.log(np.maximum(counts, 1))
    random = np.random.default_rng(SEED)
    drawn = random.multinomial(total, expected / total, size=simulations)
    data = np.vstack([cases.astype(np.int64), drawn])
    tables = (np.log(inside), np.log(np.maximum(total - inside, 1e-300)), inside, c_log_c)
    return largest_ratios(data, order, reach, *tables)[0]


def satscan(program, folder, positions, cases, population):
    """Seconds of a whole run and the ratio it prints first."""
    (folder / "scan.cas").write_text("".join(f"{i} {int(c)}\n" for i, c in enumerate(cases)))
    (folder / "scan.pop").write_text(
        "".join(f"{i} 2000 {int(p)}\n" for i, p in enumerate(population))
    )
    (folder / "scan.geo").write_text(
        "".join(f"{i} {latitude!r} {longitude!r}\n" for i, (latitude, longitude) in enumerate(positions))
    )
    text = PARAMETERS.format(folder=folder, simulations=SIMULATIONS, threads=THREADS)
    (folder / "scan.prm").write_text(text)
    start = time.perf_counter()
    subprocess.run([program, str(folder / "scan.prm")], check=True, stdout=subprocess.DEVNULL)
    spent = time.perf_counter() - start
    found = re.search(r"Log likelihood ratio\.*: *([0-9.]+)", (folder / "scan.txt").read_text())
    return spent, float(found.group(1)) if found else None


def time_scans(folder, units, note):
    """Notes seconds of each peer and the ratio of its most likely cluster."""
    units = units[:PLACES]
    positions = [h3.cell_to_latlng(cell) for cell in units["cell"]]
    cases = units["cases"].to_numpy()
    population = units["population"].to_numpy(float)
    numba.set_num_threads(THREADS)
    scan_by_hand(positions[:50], cases[:50], population[:50], 2)
    start = time.perf_counter()
    ratio = scan_by_hand(positions, cases, population, SIMULATIONS)
    spent = time.perf_counter() - start
    note("circular_scan_999", f"written in Numba, {THREADS} threads", spent, float(ratio))
    program = os.environ.get("SATSCAN")
    if program:
        spent, ratio = satscan(program, folder, positions, cases, population)
        note("circular_scan_999", "SaTScan", spent, ratio)
    else:
        print("skipped: SaTScan, which the variable SATSCAN does not name")
