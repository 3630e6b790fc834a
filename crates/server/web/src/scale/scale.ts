import type { ExpressionSpecification } from "maplibre-gl";
import { HOTSPOT_CLASSES, type HotspotClass, type Row, type Theme } from "../api/types";
import type { Measure } from "../state/view";
import { classOf, quantileBreaks } from "./breaks";
import type { Nothing, Palette } from "./palette";

/** How a measure becomes a colour. */
export type Scale =
  | { type: "classes"; property: "gi_class" }
  | { type: "steps"; property: Exclude<Measure, "class">; limits: number[] };

/** The score has the same limits everywhere, so that maps can be compared. */
const SCORE_LIMITS = [20, 40, 60, 80];

/** Measures of a unit that decide its colour, as rows and tiles both carry them. */
export type Coloured = Pick<Row, "status" | "gi_class" | "rate" | "eb_rate" | "score" | "count">;

/** Whether the limits of a measure depend on the values that there are. */
export function needsValues(measure: Measure): boolean {
  return measure !== "class" && measure !== "score";
}

/** Values of a measure among rows. */
export function valuesOf(measure: Measure, rows: readonly Row[]): number[] {
  return measure === "class"
    ? []
    : rows.flatMap((row) => {
        const value = row.status === "available" ? row[measure] : null;
        return value === null ? [] : [value];
      });
}

/** The scale of a measure over its values. */
export function scaleOf(measure: Measure, values: readonly number[]): Scale {
  if (measure === "class") {
    return { type: "classes", property: "gi_class" };
  }
  if (measure === "score") {
    return { type: "steps", property: measure, limits: SCORE_LIMITS };
  }
  // Zero is shown as a kind of nothing, so it belongs to no class.
  const limits = quantileBreaks(values.filter((value) => value !== 0));
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
  return classOf(unit[scale.property] ?? 0, scale.limits);
}

/** Colours of a scale, in the order of `stepOf`. */
export function coloursOf(scale: Scale, kind: Theme["kind"], palette: Palette): string[] {
  if (scale.type === "classes") {
    return HOTSPOT_CLASSES.map((code) => palette.classes[code]);
  }
  const steps = palette.steps[kind];
  const count = scale.limits.length + 1;
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
  if (scale.limits.length === 0) {
    return first;
  }
  const stops = scale.limits.flatMap((limit, position) => [limit, colours[position + 1] ?? first]);
  const value = ["to-number", ["get", scale.property], 0];
  return ["step", value, first, ...stops] as unknown as ExpressionSpecification;
}
