// A small plan for the unit tests.

import type { Figure, PlanDocument, Village } from "./types";

export function exact(value: number): Figure {
  return { value, low: null, high: null, status: "available" };
}

function village(name: string, benefit: Figure): Village {
  return {
    place_id: `village:${name}`,
    name,
    block: "Block 1",
    district: "District 1",
    position: { latitude: 25, longitude: 85 },
    population: exact(1200),
    households: exact(240),
    scores: [],
    benefit,
    remaining_share: 1,
    score_rank: 1,
    last_visit: null,
    selection_probability: 0.95,
    role: { kind: "chosen" },
    rollout_step: null,
    base_distance_km: 3.2,
    team_days: 2,
  };
}

/** Three villages, two teams, two days; the third village has no day. */
export function plan(): PlanDocument {
  const team = (id: string) => ({
    id,
    label: id,
    base: { latitude: 25, longitude: 85 },
    dates: ["2027-01-11", "2027-01-12"],
  });
  const route = (team_id: string, date: string, name: string) => ({
    team_id,
    date,
    departure_minute: 540,
    return_minute: 900,
    km: 12,
    visits: [{ place_id: `village:${name}`, km: 6, arrival_minute: 560, households: 60 }],
  });
  return {
    plan_id: "plan-0",
    release_id: "r",
    title: "A plan",
    area: { name: "District 1" },
    asked: {
      teams: [team("A"), team("B")],
      budget_team_days: 4,
      from: "2027-01-11",
      until: "2027-01-17",
      lower_bound: false,
    },
    summary: {
      benefit_unit: "children_at_risk",
      benefit: 10,
      area_benefit: exact(40),
      bound: 10.2,
      gap: 0.0196,
      team_days: 3.9,
      benefit_without_exploration: null,
      population_chosen: exact(3600),
      population_area: exact(36_000),
    },
    villages: [
      village("Bel", { value: 6, low: 3, high: 9, status: "available" }),
      village("Amla", { value: 4, low: 2, high: 7, status: "available" }),
      village("Champa", { value: null, low: null, high: null, status: "no_data" }),
    ],
    left_out: [],
    unplannable: [],
    unplannable_villages: 0,
    curve: [],
    routes: [
      route("A", "2027-01-11", "Amla"),
      route("B", "2027-01-11", "Bel"),
      route("B", "2027-01-12", "Bel"),
    ],
    unscheduled: [{ place_id: "village:Champa", households: 240 }],
  };
}
