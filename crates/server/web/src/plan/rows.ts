// The villages of a plan as rows of a table.

import type { PlanDocument, Village } from "./types";

export const COLUMNS = [
  "village",
  "team",
  "date",
  "benefit",
  "firmness",
  "population",
  "households",
  "visit",
  "distance",
  "left",
] as const;
export type Column = (typeof COLUMNS)[number];

/** A village with when it is visited, and by whom. */
export interface PlanRow {
  village: Village;
  /** Number of the village in the document. */
  number: number;
  /** Number of the first team that comes; `null` where no day has room. */
  team: number | null;
  /** Days on which somebody comes. */
  dates: string[];
}

/** The rows of a plan, in its order. */
export function rowsOf(document: PlanDocument): PlanRow[] {
  const teams = new Map(document.asked.teams.map(({ id }, number) => [id, number]));
  const visits = new Map<string, { team: number | null; dates: string[] }>();
  for (const route of document.routes) {
    for (const { place_id } of route.visits) {
      const seen = visits.get(place_id) ?? { team: teams.get(route.team_id) ?? null, dates: [] };
      if (!seen.dates.includes(route.date)) seen.dates.push(route.date);
      visits.set(place_id, seen);
    }
  }
  return document.villages.map((village, number) => {
    const { team = null, dates = [] } = visits.get(village.place_id) ?? {};
    return { village, number, team, dates };
  });
}

/** Rows in the order of a column. What is not known comes last, either way. */
export function ordered(
  rows: readonly PlanRow[],
  column: Column,
  down: boolean,
  collator: Intl.Collator,
): PlanRow[] {
  const key = (row: PlanRow) => keyOf(row, column);
  return [...rows].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) {
      return x === y ? a.number - b.number : x === null ? 1 : -1;
    }
    const order =
      typeof x === "string" || typeof y === "string"
        ? collator.compare(String(x), String(y))
        : x - y;
    return (down ? -order : order) || a.number - b.number;
  });
}

function keyOf({ village, team, dates }: PlanRow, column: Column): string | number | null {
  switch (column) {
    case "village":
      return village.name;
    case "team":
      return team;
    case "date":
      return dates[0] ?? null;
    case "benefit":
      return village.benefit.value;
    case "firmness":
      return village.selection_probability;
    case "population":
      return village.population.value ?? village.population.low;
    case "households":
      return village.households.value ?? village.households.low;
    case "visit":
      return village.last_visit;
    case "distance":
      return village.base_distance_km;
    case "left":
      return village.remaining_share;
  }
}
