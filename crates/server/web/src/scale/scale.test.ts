import { describe, expect, it } from "vitest";
import { row } from "../testing";
import { classOf, quantileBreaks } from "./breaks";
import { palette } from "./palette";
import { coloursOf, nothingOf, scaleOf, stepOf, valuesOf } from "./scale";

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
  const classes = scaleOf("class", []);
  const rates = scaleOf("rate", [1, 2, 3, 4, 5, 6, 7, 8]);

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
    expect(nothingOf(row({ score: 0 }), scaleOf("score", []))).toBeNull();
    expect(nothingOf(row({ rate: 0 }), classes)).toBeNull();
  });

  it("has limits from the values that are given, and from no others", () => {
    const rows = [row({ rate: 4 }), row({ rate: 9, status: "no_data" }), row({ rate: null })];
    expect(valuesOf("rate", rows)).toEqual([4]);
    expect(scaleOf("rate", [0, 0, 0, 0, 5, 6])).toEqual(scaleOf("rate", [5, 6]));
  });

  it("follows the class or the limits", () => {
    expect(stepOf(row({ gi_class: "hot_99" }), classes)).toBe(0);
    expect(stepOf(row({ gi_class: "cold_99" }), classes)).toBe(6);
    expect(stepOf(row({ rate: 1 }), rates)).toBe(0);
    expect(stepOf(row({ rate: 8 }), rates)).toBe(4);
  });

  it("has the same limits for every score, so that maps can be compared", () => {
    expect(scaleOf("score", [3])).toMatchObject({ limits: [20, 40, 60, 80] });
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
