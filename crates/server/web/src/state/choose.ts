import { type Catalog, type Layer, PROTECTIONS, type Protection, type Theme } from "../api/types";
import { layerForZoom } from "./resolution";
import { HEAT_MAP, MEASURES, type Measure, type View } from "./view";

/** What was asked for and is not in the release. */
export type Missing = "layer" | "theme" | "period" | "measure";

/** A layer as the picker offers it; all H3 layers are one. */
export interface LayerChoice {
  id: string;
  layer: Layer | null;
}

/** Layers that can be chosen: places from wide to fine, then the heat map. */
export function layerChoices(catalog: Catalog): LayerChoice[] {
  const usable = catalog.layers.filter((layer) =>
    catalog.available.some((entry) => entry.layer === layer.id),
  );
  const choices: LayerChoice[] = usable
    .filter((layer) => layer.kind === "place")
    .map((layer) => ({ id: layer.id, layer }));
  if (usable.some((layer) => layer.kind === "h3")) {
    choices.push({ id: HEAT_MAP, layer: null });
  }
  return choices;
}

/** Themes of a layer, in the order of the catalog. */
export function themesOf(catalog: Catalog, layer: string): Theme[] {
  const ids = concreteLayers(catalog, layer);
  return catalog.themes.filter((theme) =>
    catalog.available.some((entry) => entry.theme === theme.code && ids.includes(entry.layer)),
  );
}

/** Periods of a theme in a layer, oldest first. */
export function periodsOf(catalog: Catalog, layer: string, theme: string): string[] {
  const ids = concreteLayers(catalog, layer);
  const periods = catalog.available
    .filter((entry) => entry.theme === theme && ids.includes(entry.layer))
    .flatMap((entry) => entry.periods);
  return [...new Set(periods)].sort();
}

/** How the counts of a theme in a layer are protected, as far as the release says. */
export function protectionOf(
  catalog: Catalog,
  layer: string,
  theme: string,
): { protection: Protection | null; deviation: number | null } {
  const entry = catalog.available.find((one) => one.layer === layer && one.theme === theme);
  return {
    // What a later server may say in other words is not known here.
    protection: PROTECTIONS.find((known) => known === entry?.protection) ?? null,
    deviation: entry?.noise_standard_deviation ?? null,
  };
}

/**
 * Measures that a theme has in a layer. Indicators are shown as published: no
 * shrinkage, no counts. A band has no raw rate.
 */
export function measuresOf(catalog: Catalog, layer: string, theme: Theme): Measure[] {
  if (theme.kind === "indicator") {
    return ["class", "rate", "score"];
  }
  const layers = concreteLayers(catalog, layer).filter((id) =>
    catalog.available.some((entry) => entry.layer === id && entry.theme === theme.code),
  );
  const banded = (id: string) => protectionOf(catalog, id, theme.code).protection === "banded";
  return layers.length > 0 && layers.every(banded)
    ? MEASURES.filter((measure) => measure !== "rate")
    : [...MEASURES];
}

/** The layer that is on the map at a zoom; `null` if none has theme and period. */
export function shownLayer(catalog: Catalog, view: View, zoom: number): Layer | null {
  return view.layer === HEAT_MAP
    ? layerForZoom(catalog, view.theme, view.period, zoom)
    : (catalog.layers.find((layer) => layer.id === view.layer) ?? null);
}

/**
 * The view that comes closest to what is wanted among those that the release
 * holds, and what could not be had. `null` if the release holds nothing.
 */
export function choose(
  catalog: Catalog,
  wanted: Partial<View>,
): { view: View; missing: Missing[] } | null {
  const missing: Missing[] = [];
  const pick = <T>(
    what: Missing,
    asked: string | undefined,
    choices: readonly T[],
    key: (choice: T) => string,
    fallback: T | undefined,
  ): T | undefined => {
    const found = choices.find((choice) => key(choice) === asked);
    if (asked !== undefined && found === undefined) missing.push(what);
    return found ?? fallback;
  };
  const layers = layerChoices(catalog);
  const district = layers.find(({ id }) => id.split("@")[0] === "district");
  const layer = pick("layer", wanted.layer, layers, ({ id }) => id, district ?? layers[0]);
  if (!layer) {
    return null;
  }
  const themes = themesOf(catalog, layer.id);
  const theme = pick("theme", wanted.theme, themes, ({ code }) => code, themes[0]);
  if (!theme) {
    return null;
  }
  const periods = periodsOf(catalog, layer.id, theme.code);
  const period = pick("period", wanted.period, periods, (text) => text, periods.at(-1));
  const measures = measuresOf(catalog, layer.id, theme);
  // The smoothed rate says what comes closest to a raw rate that is not given.
  const smoothed = wanted.measure === "rate" && measures.includes("eb_rate");
  const first = theme.kind === "outreach" && measures.includes("rate") ? "rate" : "class";
  const instead = smoothed ? "eb_rate" : first;
  const measure = pick("measure", wanted.measure, measures, (text) => text, instead);
  if (period === undefined || measure === undefined) {
    return null;
  }
  const view: View = {
    audience: catalog.audience,
    layer: layer.id,
    theme: theme.code,
    period,
    measure,
    unit: missing.includes("layer") ? null : (wanted.unit ?? null),
    camera: wanted.camera ?? null,
  };
  return { view, missing };
}

/**
 * The view without its measure where another theme is picked and one of the two
 * is outreach: that is first asked how much was covered, harm where it clusters.
 */
export function measureKept(
  catalog: Catalog,
  view: View,
  change: Partial<View>,
): Omit<View, "measure"> & Partial<Pick<View, "measure">> {
  const isOutreach = (code: string | undefined) =>
    catalog.themes.find((theme) => theme.code === code)?.kind === "outreach";
  if (change.theme === undefined || isOutreach(change.theme) === isOutreach(view.theme)) {
    return view;
  }
  const { measure: _, ...rest } = view;
  return rest;
}

function concreteLayers(catalog: Catalog, layer: string): string[] {
  return layer === HEAT_MAP
    ? catalog.layers.filter(({ kind }) => kind === "h3").map(({ id }) => id)
    : [layer];
}
