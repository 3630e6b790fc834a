// Data for the unit tests.

import type { Catalog, Row } from "./api/types";

/** A small release. */
export function catalog(): Catalog {
  const layer = (id: string, kind: "place" | "h3", h3_resolution: number | null = null) => ({
    id,
    title: id,
    kind,
    h3_resolution,
    units: 10,
    bounds: null,
  });
  const theme = (code: string, kind: Catalog["themes"][number]["kind"]) => ({
    code,
    title: code,
    kind,
    unit: "per 100,000 children",
    denominator: null,
    source: null,
    note: null,
  });
  const counted = (id: string) => ({
    layer: id,
    theme: "child_marriage",
    periods: ["2023", "2024"],
  });
  return {
    release_id: "0123456789abcdef",
    audience: "public",
    data_as_of: null,
    synthetic: true,
    layers: [
      layer("state", "place"),
      layer("district", "place"),
      layer("village", "place"),
      layer("h3_r6", "h3", 6),
      layer("h3_r4", "h3", 4),
      layer("h3_r5", "h3", 5),
    ],
    themes: [theme("child_marriage", "burden"), theme("indicator:cm", "indicator")],
    available: [
      counted("state"),
      counted("district"),
      { layer: "district", theme: "indicator:cm", periods: ["2019/2021"] },
      counted("h3_r4"),
      counted("h3_r5"),
      counted("h3_r6"),
    ],
    methods: {},
    caveats: [],
    attribution: "",
  };
}

/** A unit with a value, changed as asked. */
export function row(change: Partial<Row>): Row {
  return {
    id: "district:1",
    name: "Alder",
    parent_name: "State",
    status: "available",
    count: 12,
    count_low: 12,
    count_high: 12,
    rate: 3.5,
    rate_low: 2,
    rate_high: 5,
    eb_rate: 3.4,
    eb_low: 2.5,
    eb_high: 4.5,
    gi_z: 1.2,
    gi_q: 0.4,
    gi_class: "not_significant",
    score: 55,
    rank: 3,
    ...change,
  };
}
