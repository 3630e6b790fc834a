import type { FilterSpecification, LayerSpecification } from "maplibre-gl";
import type { Kind } from "../api/types";
import { NOTHINGS, type Palette } from "../scale/palette";
import { colourExpression, coloursOf, nothingExpression, type Scale } from "../scale/scale";

/** Layer within a tile that holds the units. */
export const SOURCE_LAYER = "units";
/** Units that react to the pointer. */
export const INTERACTIVE = ["units-fill", "units-nothing", "units-dot", "units-nothing-dot"];

/** System fonts: glyphs are drawn by the browser, so nothing has to be fetched. */
const FONTS = ["system-ui", "Noto Sans", "Noto Sans Devanagari"];

const POLYGONS: FilterSpecification = ["==", ["geometry-type"], "Polygon"];
const POINTS: FilterSpecification = ["==", ["geometry-type"], "Point"];

/** What the map draws. */
export interface Drawing {
  scale: Scale;
  kind: Kind;
  palette: Palette;
  selected: string | null;
}

/** Layers of the map, lowest first. */
export function layers(drawing: Drawing, hasContext: boolean): LayerSpecification[] {
  const { scale, kind, palette, selected } = drawing;
  const nothing = nothingExpression(scale);
  const coloured: FilterSpecification = ["==", nothing, ""] as FilterSpecification;
  const colour = colourExpression(scale, coloursOf(scale, kind, palette));
  const units = { source: "units", "source-layer": SOURCE_LAYER };
  const is = (kind: FilterSpecification, other: FilterSpecification): FilterSpecification =>
    ["all", kind, other] as FilterSpecification;
  const empty = ["!", coloured] as FilterSpecification;
  const isSelected = ["==", ["get", "id"], selected ?? ""] as FilterSpecification;
  const image = (prefix: string) =>
    [
      "match",
      nothing,
      ...NOTHINGS.flatMap((name) => [name, `${prefix}${name}`]),
      `${prefix}not_computed`,
    ] as never;
  const hover = (base: number, raised: number) =>
    ["case", ["boolean", ["feature-state", "hover"], false], raised, base] as never;
  const all: LayerSpecification[] = [
    {
      id: "background",
      type: "background",
      paint: { "background-color": palette.surface },
    },
    {
      id: "units-fill",
      type: "fill",
      ...units,
      filter: is(POLYGONS, coloured),
      paint: { "fill-color": colour, "fill-antialias": false },
    },
    {
      id: "units-nothing",
      type: "fill",
      ...units,
      filter: is(POLYGONS, empty),
      paint: { "fill-pattern": image("pattern-"), "fill-antialias": false },
    },
    {
      id: "units-line",
      type: "line",
      ...units,
      filter: POLYGONS,
      paint: {
        "line-color": palette.outline,
        "line-opacity": 0.6,
        "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.3, 8, 0.8, 12, 1.2],
      },
    },
  ];
  if (hasContext) {
    all.push({
      id: "context-line",
      type: "line",
      source: "context",
      "source-layer": SOURCE_LAYER,
      filter: POLYGONS,
      paint: {
        "line-color": palette.context,
        "line-opacity": 0.75,
        "line-width": ["interpolate", ["linear"], ["zoom"], 4, 0.5, 8, 1.1, 12, 1.8],
      },
    });
  }
  all.push(
    {
      id: "units-hover",
      type: "line",
      ...units,
      filter: POLYGONS,
      layout: { "line-join": "round" },
      paint: { "line-color": palette.selected, "line-width": 2, "line-opacity": hover(0, 0.9) },
    },
    {
      id: "units-nothing-dot",
      type: "symbol",
      ...units,
      filter: is(POINTS, empty),
      layout: {
        "icon-image": image("dot-"),
        "icon-allow-overlap": true,
        "icon-ignore-placement": true,
        "icon-size": ["interpolate", ["linear"], ["zoom"], 6, 0.3, 9, 0.6, 12, 1],
      },
      // Few of many villages have a value at all: those must not drown.
      paint: { "icon-opacity": ["interpolate", ["linear"], ["zoom"], 6, 0.45, 9, 0.8, 11, 1] },
    },
    {
      id: "units-dot",
      type: "circle",
      ...units,
      filter: is(POINTS, coloured),
      paint: {
        "circle-color": colour,
        "circle-stroke-color": palette.context,
        "circle-stroke-width": 0.6,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 6, 2.6, 9, 4.5, 12, 8],
      },
    },
    {
      id: "selected-casing",
      type: "line",
      ...units,
      filter: is(POLYGONS, isSelected),
      layout: { "line-join": "round" },
      paint: { "line-color": palette.selectedCasing, "line-width": 6 },
    },
    {
      id: "selected-line",
      type: "line",
      ...units,
      filter: is(POLYGONS, isSelected),
      layout: { "line-join": "round" },
      paint: { "line-color": palette.selected, "line-width": 2.8 },
    },
    {
      id: "selected-dot",
      type: "circle",
      ...units,
      filter: is(POINTS, isSelected),
      paint: {
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": palette.selected,
        "circle-stroke-width": 2.8,
        "circle-radius": ["interpolate", ["linear"], ["zoom"], 6, 5, 12, 11],
      },
    },
    {
      id: "labels",
      type: "symbol",
      source: "labels",
      layout: {
        "text-field": ["get", "name"],
        "text-font": FONTS,
        "text-size": ["interpolate", ["linear"], ["zoom"], 4, 10.5, 7, 12, 10, 14.5],
        "text-max-width": 7,
        "text-padding": 4,
        "symbol-sort-key": ["get", "order"],
      },
      paint: {
        "text-color": palette.ink,
        "text-halo-color": palette.halo,
        "text-halo-width": 1.8,
      },
    },
  );
  return all;
}
