import { describe, expect, it } from "vitest";
import { row } from "../testing";
import { classOf, quantileBreaks } from "./breaks";
import { palette } from "./palette";
import {
  colourExpression,
  coloursOf,
  NO_VALUES,
  needsValues,
  nothingOf,
  scaleOf,
  stepOf,
  type Values,
  valuesOf,
} from "./scale";

const numbers = (...values: number[]): Values => ({ numbers: values, bands: [] });

describe("limits between classes", () => {
  it("divide values into classes of about equal size at numbers that can be said", () => {
    const values = Array.from({ length: 100 }, (_, n) => 3.137 * n + 0.0417);
    const limits = quantileBreaks(values);
    expect(limits).toEqual([60, 125, 185, 250]);
    const sizes = [0, 1, 2, 3, 4].map(
      (wanted) => values.filter((value) => classOf(value, limits) === wanted).length,
    );
    for (const size of sizes) expect(size).toBeGreaterThan(15);
  });

  it("are fewer where values repeat, and none for one value", () => {
    expect(quantileBreaks([1, 1, 1, 1, 1, 1, 1, 1, 1, 9]).length).toBeLessThan(4);
    expect(quantileBreaks([4, 4, 4])).toEqual([]);
    expect(quantileBreaks([])).toEqual([]);
  });

  it("leave no class empty by construction and ascend, whatever the values", () => {
    let seed = 7;
    const random = () => {
      seed = (seed * 1664525 + 1013904223) % 2 ** 32;
      return seed / 2 ** 32;
    };
    for (let round = 0; round < 500; round += 1) {
      const scale = 10 ** (random() * 12 - 6);
      const count = 1 + Math.floor(random() * 60);
      const values = Array.from({ length: count }, () => random() ** 3 * scale);
      const limits = quantileBreaks(values);
      expect(limits).toEqual([...new Set(limits)].sort((a, b) => a - b));
      expect(classOf(Math.min(...values), limits)).toBe(0);
      expect(classOf(Math.max(...values), limits)).toBe(limits.length);
    }
  });
});

describe("the colour of a unit", () => {
  const classes = scaleOf("class", "burden", NO_VALUES);
  const rates = scaleOf("rate", "burden", numbers(1, 2, 3, 4, 5, 6, 7, 8));

  it("is none where no value is given, whatever else is said", () => {
    for (const status of ["below_threshold", "not_observed", "no_data", "zero"] as const) {
      expect(nothingOf(row({ status }), classes)).toBe(status);
      expect(stepOf(row({ status }), rates)).toBeNull();
    }
  });

  it("is none where the measure cannot be computed", () => {
    expect(nothingOf(row({ gi_class: null }), classes)).toBe("not_computed");
    expect(nothingOf(row({ rate: null }), rates)).toBe("not_computed");
  });

  it("is none for a published zero, which is not the least class", () => {
    expect(nothingOf(row({ rate: 0 }), rates)).toBe("zero");
    expect(nothingOf(row({ score: 0 }), scaleOf("score", "burden", NO_VALUES))).toBeNull();
    expect(nothingOf(row({ rate: 0 }), classes)).toBeNull();
  });

  it("has limits from the values that are given, and from no others", () => {
    const rows = [row({ rate: 4 }), row({ rate: 9, status: "no_data" }), row({ rate: null })];
    expect(valuesOf("rate", rows)).toEqual(numbers(4));
    expect(scaleOf("rate", "burden", numbers(0, 0, 0, 0, 5, 6))).toEqual(
      scaleOf("rate", "burden", numbers(5, 6)),
    );
  });

  it("follows the class or the limits", () => {
    expect(stepOf(row({ gi_class: "hot_99" }), classes)).toBe(0);
    expect(stepOf(row({ gi_class: "cold_99" }), classes)).toBe(6);
    expect(stepOf(row({ rate: 1 }), rates)).toBe(0);
    expect(stepOf(row({ rate: 8 }), rates)).toBe(4);
  });

  it("has the same limits for every score, so that maps can be compared", () => {
    expect(scaleOf("score", "burden", numbers(3))).toMatchObject({ limits: [20, 40, 60, 80] });
  });

  it("has quarters of all households for coverage, whatever was reached where", () => {
    for (const measure of ["rate", "eb_rate"] as const) {
      const scale = scaleOf(measure, "outreach", numbers(3, 4, 5));
      expect(scale).toMatchObject({ property: measure, limits: [25, 50, 75] });
      const steps = [0.4, 24.9, 25, 50, 74.9, 75, 130].map((rate) =>
        stepOf(row({ [measure]: rate }), scale),
      );
      expect(steps).toEqual([0, 0, 1, 2, 2, 3, 3]);
      expect(needsValues(measure, "outreach")).toBe(false);
      expect(needsValues(measure, "burden")).toBe(true);
    }
    expect(
      stepOf(
        row({ status: "below_threshold", rate: null }),
        scaleOf("rate", "outreach", NO_VALUES),
      ),
    ).toBeNull();
  });

  it("is of another hue for each kind, so that kinds are not taken for each other", () => {
    const kinds = ["burden", "detection", "service_gap", "outreach", "indicator"] as const;
    for (const dark of [false, true]) {
      const darkest = kinds.map((kind) => coloursOf(rates, kind, palette(dark))[4]);
      expect(new Set(darkest).size).toBe(kinds.length);
    }
  });

  it("uses the whole range of lightness where there are fewer classes", () => {
    const two = { type: "steps", property: "rate", limits: [5] } as const;
    const { burden } = palette(false).steps;
    expect(coloursOf({ ...two, limits: [5] }, "burden", palette(false))).toEqual([
      burden[0],
      burden[4],
    ]);
  });
});

describe("a map of bands", () => {
  const banded = (count_low: number, count_high: number | null) =>
    row({ count: null, count_low, count_high });
  const rows = [banded(50, null), banded(5, 9), banded(10, 19), row({ status: "below_threshold" })];
  const scale = scaleOf("count", "burden", valuesOf("count", rows));

  it("has the bands of the policy as its classes, whichever of them occur", () => {
    expect(scale).toEqual({
      type: "bands",
      property: "count_low",
      bands: [
        { low: 5, high: 9 },
        { low: 10, high: 19 },
        { low: 20, high: 49 },
        { low: 50, high: null },
      ],
    });
    expect(scaleOf("count", "burden", { numbers: [], bands: [{ low: 20, high: 49 }] })).toEqual(
      scale,
    );
  });

  it("puts each unit into the class of its band, on the map as in the table", () => {
    expect(rows.map((unit) => stepOf(unit, scale))).toEqual([3, 0, 1, null]);
    const colours = coloursOf(scale, "burden", palette(false));
    expect(new Set(colours).size).toBe(4);
    expect(colourExpression(scale, colours)).toEqual([
      "step",
      ["to-number", ["get", "count_low"], 0],
      colours[0],
      10,
      colours[1],
      20,
      colours[2],
      50,
      colours[3],
    ]);
  });

  it("has the bands that occur where the policy has others, wide ones as one class", () => {
    const bands = [
      { low: 30, high: null },
      { low: 10, high: 14 },
      { low: 10, high: 29 },
    ];
    expect(scaleOf("count", "burden", { numbers: [], bands })).toMatchObject({
      bands: [
        { low: 10, high: 29 },
        { low: 30, high: null },
      ],
    });
  });

  it("is a map of numbers where the numbers are given, with noise or without", () => {
    const noisy = [11, 15, 27, 40].map((count) =>
      row({ count, count_low: count - 8, count_high: count + 8 }),
    );
    expect(scaleOf("count", "burden", valuesOf("count", noisy))).toMatchObject({
      type: "steps",
      property: "count",
    });
  });

  it("still keeps the kinds of nothing apart", () => {
    for (const status of ["below_threshold", "not_observed", "no_data", "zero"] as const) {
      const empty = row({ status, count: null, count_low: null, count_high: null });
      expect(nothingOf(empty, scale)).toBe(status);
    }
    expect(nothingOf(row({ count: null, count_low: null, count_high: null }), scale)).toBe(
      "not_computed",
    );
  });
});

describe("the palettes", () => {
  /** Relative luminance (WCAG 2.2). */
  const luminance = (colour: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const part = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string) => {
    const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
    return (light + 0.05) / (dark + 0.05);
  };

  it("step in lightness alone, so that no colour vision is needed to order them", () => {
    for (const dark of [false, true]) {
      for (const steps of Object.values(palette(dark).steps)) {
        const lightness = steps.map(luminance);
        const sorted = [...lightness].sort((a, b) => (dark ? a - b : b - a));
        expect(lightness).toEqual(sorted);
        for (const [at, step] of steps.entries()) {
          const next = steps[at + 1];
          if (next) expect(contrast(step, next), `${step} ${next}`).toBeGreaterThan(1.25);
        }
      }
    }
  });

  it("mark the kinds of nothing with patterns that stand out from their ground", () => {
    for (const dark of [false, true]) {
      const { nothing } = palette(dark);
      for (const kind of ["below_threshold", "not_observed", "zero"] as const) {
        const { ground, mark } = nothing[kind];
        expect(contrast(ground, mark), kind).toBeGreaterThan(2.9);
      }
    }
  });
});
