import type { HotspotClass, Kind, Status } from "../api/types";

/** Colours of everything that is drawn, for a light or a dark surface. */
export interface Palette {
  surface: string;
  ink: string;
  halo: string;
  outline: string;
  context: string;
  selected: string;
  selectedCasing: string;
  classes: Record<HotspotClass, string>;
  /** Five steps, least first, one hue for each kind so that kinds are not mistaken for another. */
  steps: Record<Kind, readonly [string, string, string, string, string]>;
  nothing: Record<Nothing, { ground: string; mark: string }>;
}

/** Why there is no colour: a status, or a measure that cannot be computed here. */
export type Nothing = Exclude<Status, "available"> | "not_computed";

/** In legend order. */
export const NOTHINGS: readonly Nothing[] = [
  "below_threshold",
  "not_observed",
  "no_data",
  "zero",
  "not_computed",
];

/*
 * Hot and cold are the two ends of a red-blue scale, which readers with any
 * kind of colour blindness tell apart; steps within one hue differ in
 * lightness alone. The kinds of nothing are grey and differ by pattern.
 */
const LIGHT: Palette = {
  surface: "#eef1f2",
  ink: "#1b2a33",
  halo: "#ffffff",
  outline: "#7c8990",
  context: "#44535c",
  selected: "#0b1a21",
  selectedCasing: "#ffffff",
  classes: {
    hot_99: "#a50f26",
    hot_95: "#e0674a",
    hot_90: "#f8bd95",
    not_significant: "#f6f1e1",
    cold_90: "#b5d7ea",
    cold_95: "#5d9fce",
    cold_99: "#1f5a9c",
  },
  steps: {
    burden: ["#fdebd3", "#f9bf8c", "#ec7f4f", "#c63b2c", "#7d0a1e"],
    detection: ["#e3eef8", "#acd0ea", "#68a8d6", "#2c74b3", "#0c3f7d"],
    service_gap: ["#ede8f4", "#c8b8de", "#9f86c4", "#72509f", "#45206f"],
    outreach: ["#e4f1e3", "#aed8b0", "#68b37a", "#2a8150", "#09502f"],
    indicator: ["#f5ecd0", "#dfca83", "#b9a13f", "#85731a", "#514508"],
  },
  nothing: {
    below_threshold: { ground: "#e9ecee", mark: "#5b6971" },
    not_observed: { ground: "#f4f5f5", mark: "#75838b" },
    no_data: { ground: "#b9c2c7", mark: "#b9c2c7" },
    zero: { ground: "#ffffff", mark: "#8b979d" },
    not_computed: { ground: "#dde2e4", mark: "#9aa6ac" },
  },
};

const DARK: Palette = {
  surface: "#141b20",
  ink: "#eef3f5",
  halo: "#10171b",
  outline: "#0e1518",
  context: "#b6c3ca",
  selected: "#ffffff",
  selectedCasing: "#0b1216",
  classes: {
    hot_99: "#ff7a5c",
    hot_95: "#cf4a3a",
    hot_90: "#86332f",
    not_significant: "#3b4348",
    cold_90: "#27496b",
    cold_95: "#3a7ab5",
    cold_99: "#7cc0f2",
  },
  steps: {
    burden: ["#4a2420", "#85332a", "#c04d36", "#ee8455", "#fdc89a"],
    detection: ["#1b3348", "#275680", "#3a80b8", "#6fb0de", "#b9dcf3"],
    service_gap: ["#322846", "#54427a", "#7c66ab", "#a994d0", "#d7caec"],
    outreach: ["#1d3a2a", "#2b6142", "#459060", "#7cbd8b", "#bfe2c2"],
    indicator: ["#3a3314", "#665a1e", "#97862f", "#c8b558", "#ece0a4"],
  },
  nothing: {
    below_threshold: { ground: "#2a3338", mark: "#9dabb2" },
    not_observed: { ground: "#1d2529", mark: "#83929a" },
    no_data: { ground: "#5e6b72", mark: "#5e6b72" },
    zero: { ground: "#0e1417", mark: "#7d8b92" },
    not_computed: { ground: "#343d42", mark: "#5d6a71" },
  },
};

/** The palette that suits what the reader prefers. */
export function palette(dark: boolean): Palette {
  return dark ? DARK : LIGHT;
}
