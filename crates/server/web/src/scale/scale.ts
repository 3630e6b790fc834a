import type { ExpressionSpecification } from "maplibre-gl";
import { HOTSPOT_CLASSES, type HotspotClass, type Kind, type Row, type Theme } from "../api/types";
import { type Band, type Counted, countOf } from "../format/count";
import type { Measure } from "../state/view";
import { bandClasses, bandClassOf } from "./bands";
import { classOf, quantileBreaks } from "./breaks";
import type { Nothing, Palette } from "./palette";

/** How a measure becomes a colour. */
export type Scale =
  | { type: "classes"; property: "gi_class" }
  | { type: "steps"; property: Exclude<Measure, "class">; limits: number[] }
  | { type: "bands"; property: "count_low"; bands: Band[] };

/** The score has the same limits everywhere, so that maps can be compared. */
const SCORE_LIMITS = [20, 40, 60, 80];

/**
 * Coverage in quarters of all households, so that a colour means the same in
 * every layer and period. The last class has no end: a household reached twice
 * counts twice.
 */
const COVERAGE_LIMITS = [25, 50, 75];

/** Whether a measure is a share of the households of a place. */
export function isCoverage(measure: Measure, kind: Kind): boolean {
  return kind === "outreach" && (measure === "rate" || measure === "eb_rate");
}

/** Measures of a unit that decide its colour, as rows and tiles both carry them. */
export type Coloured = Pick<
  Row,
  "status" | "gi_class" | "rate" | "eb_rate" | "score" | "count" | "count_low"
>;

/** What a scale is made from: the values of a measure, and the bands where it has no values. */
export interface Values {
  numbers: readonly number[];
  bands: readonly Band[];
}

export const NO_VALUES: Values = { numbers: [], bands: [] };

/** Whether the limits of a measure depend on the values that there are. */
export function needsValues(measure: Measure, kind: Kind): boolean {
  return measure !== "class" && measure !== "score" && !isCoverage(measure, kind);
}

/** Values of a measure among rows. */
export function valuesOf(measure: Measure, rows: readonly Row[]): Values {
  if (measure === "class") {
    return NO_VALUES;
  }
  const given = rows.filter(({ status }) => status === "available");
  return {
    numbers: given.flatMap((row) => row[measure] ?? []),
    bands: measure === "count" ? given.flatMap((row) => bandOf(row) ?? []) : [],
  };
}

/** The band of a unit whose count is not given otherwise. */
export function bandOf(counted: Counted): Band | null {
  const count = countOf(counted);
  return count?.form === "band" ? count.band : null;
}

/** The scale of a measure over its values. Where counts are bands, each band is a class. */
export function scaleOf(measure: Measure, kind: Kind, { numbers, bands }: Values): Scale {
  if (measure === "class") {
    return { type: "classes", property: "gi_class" };
  }
  if (measure === "score") {
    return { type: "steps", property: measure, limits: SCORE_LIMITS };
  }
  if (isCoverage(measure, kind)) {
    return { type: "steps", property: measure, limits: COVERAGE_LIMITS };
  }
  if (measure === "count" && bands.length > 0) {
    return { type: "bands", property: "count_low", bands: bandClasses(bands) };
  }
  // Zero is shown as a kind of nothing, so it belongs to no class.
  const limits = quantileBreaks(numbers.filter((value) => value !== 0));
  return { type: "steps", property: measure, limits };
}

/** Why a unit has no colour; `null` if it has one. */
export function nothingOf(unit: Coloured, scale: Scale): Nothing | null {
  if (unit.status !== "available") {
    return unit.status;
  }
  const value = unit[scale.property];
  if (value === null || value === undefined) {
    return "not_computed";
  }
  return value === 0 && scale.property !== "score" ? "zero" : null;
}

/** Place of a unit among the colours of a scale; `null` if it has none. */
export function stepOf(unit: Coloured, scale: Scale): number | null {
  if (nothingOf(unit, scale) !== null) {
    return null;
  }
  if (scale.type === "classes") {
    const position = HOTSPOT_CLASSES.indexOf(unit.gi_class as HotspotClass);
    return position < 0 ? null : position;
  }
  return scale.type === "bands"
    ? bandClassOf(unit.count_low ?? 0, scale.bands)
    : classOf(unit[scale.property] ?? 0, scale.limits);
}

/** Colours of a scale, in the order of `stepOf`. */
export function coloursOf(scale: Scale, kind: Theme["kind"], palette: Palette): string[] {
  if (scale.type === "classes") {
    return HOTSPOT_CLASSES.map((code) => palette.classes[code]);
  }
  const steps = palette.steps[kind];
  const count = scale.type === "bands" ? scale.bands.length : scale.limits.length + 1;
  // Fewer classes are spread over the whole range of lightness.
  return Array.from({ length: count }, (_, position) => {
    const at = count === 1 ? 2 : Math.round((position * (steps.length - 1)) / (count - 1));
    return steps[at] ?? steps[2];
  });
}

/** `nothingOf` for the map: the kind of nothing, or the empty text. */
export function nothingExpression(scale: Scale): ExpressionSpecification {
  const value: ExpressionSpecification = ["get", scale.property];
  const zero: ExpressionSpecification =
    scale.property === "score" ? ["literal", false] : ["==", value, 0];
  return [
    "case",
    ["!=", ["get", "status"], "available"],
    ["get", "status"],
    ["!", ["has", scale.property]],
    "not_computed",
    zero,
    "zero",
    "",
  ] as unknown as ExpressionSpecification;
}

/** `stepOf` for the map: the colour of what has one. */
export function colourExpression(
  scale: Scale,
  colours: readonly string[],
): ExpressionSpecification | string {
  const first = colours[0] ?? "#000000";
  if (scale.type === "classes") {
    const pairs = HOTSPOT_CLASSES.flatMap((code, position) => [code, colours[position] ?? first]);
    return [
      "match",
      ["get", "gi_class"],
      ...pairs,
      "rgba(0,0,0,0)",
    ] as unknown as ExpressionSpecification;
  }
  // A band begins a class as a limit between steps does.
  const limits = scale.type === "bands" ? scale.bands.slice(1).map(({ low }) => low) : scale.limits;
  if (limits.length === 0) {
    return first;
  }
  const stops = limits.flatMap((limit, position) => [limit, colours[position + 1] ?? first]);
  const value = ["to-number", ["get", scale.property], 0];
  return ["step", value, first, ...stops] as unknown as ExpressionSpecification;
}
