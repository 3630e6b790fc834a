import type { Audience } from "../api/types";

/** Name that stands for the layer of H3 cells that suits the zoom. */
export const HEAT_MAP = "h3";

export const MEASURES = ["class", "eb_rate", "rate", "score", "count"] as const;
/** What colours the map. */
export type Measure = (typeof MEASURES)[number];

/** Where the map looks. */
export interface Camera {
  latitude: number;
  longitude: number;
  zoom: number;
}

/** Everything that a shared address restores. */
export interface View {
  audience: Audience;
  layer: string;
  theme: string;
  period: string;
  measure: Measure;
  unit: string | null;
  /** `null` until the map was moved: the whole layer is shown. */
  camera: Camera | null;
}
