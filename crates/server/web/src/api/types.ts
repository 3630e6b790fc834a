// What the server sends; see /openapi.json.

export const AUDIENCES = ["public", "research", "planning"] as const;
export type Audience = (typeof AUDIENCES)[number];

/** What a theme tells. The kinds are never merged. */
export const KINDS = ["burden", "detection", "service_gap", "outreach", "indicator"] as const;
export type Kind = (typeof KINDS)[number];

/** Whether a value is given, and if not, why. */
export type Status = "available" | "zero" | "no_data" | "not_observed" | "below_threshold";

export const HOTSPOT_CLASSES = [
  "hot_99",
  "hot_95",
  "hot_90",
  "not_significant",
  "cold_90",
  "cold_95",
  "cold_99",
] as const;
export type HotspotClass = (typeof HOTSPOT_CLASSES)[number];

export type Bounds = [west: number, south: number, east: number, north: number];

export interface Layer {
  id: string;
  title: string;
  kind: "place" | "h3";
  h3_resolution: number | null;
  units: number;
  bounds: Bounds | null;
}

export interface Theme {
  code: string;
  title: string;
  kind: Kind;
  unit: string;
  denominator: string | null;
  source: string | null;
  note: string | null;
}

/** How the counts of a theme in a layer are protected. */
export const PROTECTIONS = ["exact", "suppressed", "banded", "noise"] as const;
export type Protection = (typeof PROTECTIONS)[number];

export interface Available {
  layer: string;
  theme: string;
  periods: string[];
  /** Absent for published indicators, and where the release does not say. */
  protection?: Protection | null;
  /** Of the noise on the counts, in what is counted. */
  noise_standard_deviation?: number | null;
}

export interface Catalog {
  release_id: string;
  audience: Audience;
  data_as_of: string | null;
  synthetic: boolean;
  layers: Layer[];
  themes: Theme[];
  available: Available[];
  methods: Record<string, string>;
  caveats: string[];
  attribution: string;
}

/** Measures of one unit for one theme and period. */
export interface Measures {
  status: Status;
  /** Empty where only a band is given. */
  count: number | null;
  /** Least count of the band, or of the interval that noise leaves; the count where it is exact. */
  count_low: number | null;
  /** Largest count, likewise; empty where the band has no upper end. */
  count_high: number | null;
  exposure: number | null;
  rate: number | null;
  rate_low: number | null;
  rate_high: number | null;
  eb_rate: number | null;
  eb_low: number | null;
  eb_high: number | null;
  gi_z: number | null;
  gi_q: number | null;
  gi_class: HotspotClass | null;
  neighbours: number | null;
  score: number | null;
  score_low: number | null;
  score_high: number | null;
  score_burden: number | null;
  score_clustering: number | null;
  rank: number | null;
  rank_low: number | null;
  rank_high: number | null;
}

/** The measures that the table and the legend need of every unit. */
export const ROW_FIELDS = [
  "name",
  "parent_name",
  "status",
  "count",
  "count_low",
  "count_high",
  "rate",
  "rate_low",
  "rate_high",
  "eb_rate",
  "eb_low",
  "eb_high",
  "gi_z",
  "gi_q",
  "gi_class",
  "score",
  "rank",
] as const;

export type Row = Pick<Measures, Exclude<(typeof ROW_FIELDS)[number], "name" | "parent_name">> & {
  id: string;
  name: string | null;
  parent_name: string | null;
};

/** A place by its name. */
export type Place = Pick<Row, "id" | "name" | "parent_name">;

export interface Link {
  href: string;
  rel: string;
}

export interface ItemsPage {
  numberMatched: number;
  links: Link[];
  features: { properties: Row }[];
}

export type Position = [longitude: number, latitude: number];

export type Geometry =
  | { type: "Point"; coordinates: Position }
  | { type: "Polygon"; coordinates: Position[][] }
  | { type: "MultiPolygon"; coordinates: Position[][][] };

export interface Profile {
  id: string;
  geometry: Geometry | null;
  properties: {
    id: string;
    name: string | null;
    parent_name: string | null;
    population: number | null;
    children: number | null;
    households: number | null;
    area_km2: number | null;
    measures: (Measures & { theme: string; period: string })[];
  };
}

export interface TileJson {
  minzoom: number;
  maxzoom: number;
  bounds?: Bounds;
}
