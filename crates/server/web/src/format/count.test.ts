import { describe, expect, it } from "vitest";
import { countCode, countKey, countOf } from "./count";

const EXACT = { count: 12, count_low: 12, count_high: 12 };
const BAND = { count: null, count_low: 5, count_high: 9 };
const OPEN = { count: null, count_low: 50, count_high: null };
const NOISE = { count: 27, count_low: 19, count_high: 35 };

describe("the count of a unit", () => {
  it("is exact, a band, or a number with noise", () => {
    expect(countOf(EXACT)).toEqual({ form: "exact", value: 12 });
    expect(countOf(BAND)).toEqual({ form: "band", band: { low: 5, high: 9 } });
    expect(countOf(OPEN)).toEqual({ form: "band", band: { low: 50, high: null } });
    expect(countOf(NOISE)).toEqual({ form: "noise", value: 27, low: 19, high: 35 });
  });

  it("is nothing where nothing is given, as in a tile of a unit that is withheld", () => {
    expect(countOf({})).toBeNull();
    expect(countOf({ count: null, count_low: null, count_high: null })).toBeNull();
  });

  it("keeps its noise where the number lies at an end of its interval", () => {
    expect(countOf({ count: 11, count_low: 11, count_high: 19 })?.form).toBe("noise");
  });

  it("is ordered by the lower end of its band", () => {
    expect([EXACT, BAND, OPEN, NOISE, {}].map(countKey)).toEqual([12, 5, 50, 27, null]);
  });

  it("has a form for programs that cannot be taken for one number", () => {
    const codes = [EXACT, BAND, OPEN, NOISE].map((given) => {
      const count = countOf(given);
      return count && countCode(count);
    });
    expect(codes).toEqual(["12", "5..9", "50..", "27"]);
  });
});
