// What is asked of the planner and what it answers; see /openapi.json.

import type { Status } from "../api/types";

export interface Point {
  latitude: number;
  longitude: number;
}

export interface TeamAsk {
  name: string;
  /** A place or a point; absent or empty for the middle of its work. */
  base?: string | Point;
  day_starts?: string;
}

export const OBJECTIVES = ["weighted_benefit", "maximum_coverage", "p_center"] as const;
export type ObjectiveName = (typeof OBJECTIVES)[number];

/** A request; what the page has no field for is kept as it came. */
export interface PlanAsk {
  title?: string;
  areas: string[];
  themes: Record<string, number>;
  from: string;
  weeks: number;
  weekdays?: string[];
  holidays?: string[];
  teams: TeamAsk[];
  budget_team_days?: number;
  most_villages?: number;
  objective?: ObjectiveName;
  service_radius_km?: number;
  counts?: "children" | "households";
  measure?: "mean" | "lower";
  pace?: Record<string, number>;
  musts?: string[];
  must_nots?: string[];
  floors?: Record<string, unknown>;
  exploration_share?: number;
  rollout?: { steps: number; bands: number };
  search?: Record<string, unknown>;
  seed?: number;
  [other: string]: unknown;
}

/** A change that mends a fault. */
export interface Mend {
  text: string;
  field?: string;
  value?: unknown;
}

export interface Fault {
  code: string;
  field?: string;
  value?: string;
  message: string;
  valid?: string[];
  remedies: Mend[];
}

export const STAGES = ["reading", "choosing", "weighing", "writing"] as const;
export type Stage = (typeof STAGES)[number];

export interface PlanProblem {
  type: string;
  title: string;
  detail: string;
  faults?: Fault[];
}

export interface PlanFile {
  name: string;
  media_type: string;
  languages: string[];
}

export interface PlanWords {
  lang: string;
  objective: string;
  verdict: string;
  reasons: string[][];
  left_out: string[];
  unplannable: string[];
  unscheduled: string[][];
}

/** A plan, or how far it has come. */
export interface PlanView {
  id: string;
  title: string;
  release: string;
  status: "queued" | "running" | "failed" | "done";
  ahead?: number;
  stage?: Stage;
  problem?: PlanProblem;
  files?: PlanFile[];
  document?: PlanDocument;
  words?: PlanWords;
}

export interface Figure {
  value: number | null;
  low: number | null;
  high: number | null;
  status: Status;
}

export interface ScorePart {
  measure: string;
  theme: string | null;
  figure: Figure;
  source: "protected" | "published";
  from_place: string | null;
  method: string;
}

export interface Village {
  place_id: string;
  name: string;
  block: string;
  district: string;
  position: Point;
  population: Figure;
  households: Figure;
  scores: ScorePart[];
  benefit: Figure;
  remaining_share: number;
  score_rank: number | null;
  last_visit: string | null;
  selection_probability: number | null;
  role: { kind: "chosen" | "must" | "explored" };
  rollout_step: number | null;
  base_distance_km: number | null;
  team_days: number;
}

export interface LeftOut {
  place_id: string;
  name: string;
  block: string;
  district: string;
  position: Point;
  population: Figure;
  marginal_benefit: number | null;
  team_days: number;
}

/** A village that no plan could hold. */
export interface Unplannable {
  place_id: string;
  name: string;
  block: string;
}

export interface CurvePoint {
  budget_team_days: number;
  benefit: number | null;
  bound: number | null;
  gained: number | null;
  villages: number | null;
}

export interface Visit {
  place_id: string;
  km: number;
  arrival_minute: number;
  households: number;
}

export interface Route {
  team_id: string;
  date: string;
  departure_minute: number;
  return_minute: number;
  km: number;
  visits: Visit[];
}

export interface PlanDocument {
  plan_id: string;
  release_id: string;
  title: string;
  area: { name: string };
  asked: {
    teams: { id: string; label: string; base: Point; dates: string[] }[];
    budget_team_days: number;
    from: string;
    until: string;
    lower_bound: boolean;
  };
  summary: {
    benefit_unit: "children_at_risk" | "households_at_risk" | "kilometres" | string;
    benefit: number;
    area_benefit: Figure;
    bound: number;
    gap: number;
    team_days: number;
    benefit_without_exploration: number | null;
    population_chosen: Figure;
    population_area: Figure;
  };
  villages: Village[];
  left_out: LeftOut[];
  unplannable: Unplannable[];
  unplannable_villages: number;
  curve: CurvePoint[];
  routes: Route[];
  unscheduled: { place_id: string; households: number }[];
}
