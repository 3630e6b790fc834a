"""Optima of location problems by spopt with HiGHS, for `tests/planning/known_optima.rs`.

    pip install spopt==0.7.0 pulp highspy
    python spopt_optima.py random.json                # random instances
    pip install spaghetti
    python spopt_optima.py examples.json --examples   # spopt's own examples

Every instance: `distances_km` with a row for each demand point and a column for
each place, `weights` of the demand, number of places `p`, `radius_km` (mclp). An
instance with `like` has the distances and weights of the one so named.
"""

import json
import random
import sys
import warnings

import numpy
import pulp
from spopt.locate import MCLP, PCenter

warnings.simplefilter("ignore")


def solver():
    return pulp.HiGHS(msg=False, gapRel=0)


def mclp(name, distances, weights, p, radius):
    model = MCLP.from_cost_matrix(distances, weights, radius, p_facilities=p).solve(solver())
    return instance(name, "mclp", distances, weights, p, radius, model.problem.objective.value())


def p_center(name, distances, p):
    model = PCenter.from_cost_matrix(distances, p_facilities=p).solve(solver())
    weights = [1] * len(distances)
    return instance(name, "p_center", distances, weights, p, None, model.problem.objective.value())


def instance(name, objective, distances, weights, p, radius, optimum):
    return {
        "name": name,
        "objective": objective,
        "p": p,
        "radius_km": radius,
        "weights": [float(weight) for weight in weights],
        "distances_km": [[round(float(km), 6) for km in row] for row in distances],
        "optimum": round(float(optimum), 6),
    }


def scattered(dice, demand, places):
    def points(count):
        return numpy.array([(dice.uniform(0, 30), dice.uniform(0, 30)) for _ in range(count)])

    apart = points(demand)[:, None, :] - points(places)[None, :, :]
    return numpy.round(numpy.sqrt((apart**2).sum(axis=2)), 2)


def self_made():
    dice = random.Random(5)
    for number in range(12):
        distances = scattered(dice, dice.randint(15, 50), dice.randint(8, 30))
        weights = numpy.array([dice.randint(0, 40) for _ in range(len(distances))])
        p, radius = dice.randint(1, 6), dice.choice([2.5, 4.0, 6.5])
        yield mclp(f"mclp {number}", distances, weights, p, radius)
    for number in range(8):
        distances = scattered(dice, dice.randint(12, 35), dice.randint(8, 25))
        yield p_center(f"p-center {number}", distances, dice.randint(1, 6))


def examples():
    """The lattice of spopt's tests and notebooks: 100 clients, 5 or 10 facilities."""
    import geopandas
    import spaghetti
    from spopt.locate.util import simulated_geo_points

    for facilities in (5, 10):
        lattice = spaghetti.regular_lattice((0, 0, 10, 10), 9, exterior=True)
        network = spaghetti.Network(in_data=lattice)
        streets = spaghetti.element_as_gdf(network, arcs=True)
        space = streets["geometry"].buffer(0.2).union_all()
        street = geopandas.GeoDataFrame(geopandas.GeoSeries(space), columns=["geometry"])
        for what, needed, seed in (("clients", 100, 5), ("facilities", facilities, 6)):
            points = simulated_geo_points(street, needed=needed, seed=seed)
            network.snapobservations(points, what, attribute=True)
        distances = network.allneighbordistances(
            sourcepattern=network.pointpatterns["clients"],
            destpattern=network.pointpatterns["facilities"],
        )
        numpy.random.seed(0)
        weights = numpy.random.randint(1, 12, 100)
        for p in (1, 2, 4):
            for radius in (2, 4, 7):
                yield mclp(f"mclp of {facilities}, {p}, {radius}", distances, weights, p, radius)
            yield p_center(f"p-center of {facilities}, {p}", distances, p)


def once(instances):
    """Distances and weights of a lattice are written once."""
    first = {}
    for made in instances:
        lattice = len(made["distances_km"][0])
        if lattice in first and made["distances_km"] == first[lattice]["distances_km"]:
            made = {**made, "like": first[lattice]["name"]}
            del made["distances_km"], made["weights"]
        else:
            first[lattice] = made
        yield made


if __name__ == "__main__":
    chosen = once(examples()) if "--examples" in sys.argv else self_made()
    with open(sys.argv[1], "w") as file:
        file.write("[\n" + ",\n".join(json.dumps(found) for found in chosen) + "\n]\n")
