import { describe, expect, it } from "vitest";
import { Formatter } from "../format/number";
import { en as page } from "../texts/en";
import { hi as hindiPage } from "../texts/hi";
import { oneMoreTeam } from "./curve";
import { exact, plan } from "./testing";
import { en } from "./texts/en";
import { hi } from "./texts/hi";
import {
  clock,
  days,
  faultInWords,
  figure,
  firmness,
  gap,
  named,
  people,
  reached,
  type Spoken,
} from "./words";

const spoken: Spoken = { code: "en", texts: page, format: new Formatter("en-IN"), plan: en };
const hindi: Spoken = { code: "hi", texts: hindiPage, format: new Formatter("hi-IN"), plan: hi };

describe("a plan in words", () => {
  it("says how firm a pick is with a word and a number", () => {
    expect(firmness(spoken, 0.95)).toBe("firm (95 %)");
    expect(firmness(spoken, 0.3)).toBe("open (30 %)");
    expect(firmness(spoken, 0)).toBe("weak (0 %)");
    expect(firmness(spoken, null)).toBe("not asked");
  });

  it("keeps numbers, intervals, bands and the kinds of nothing apart", () => {
    const nothing = (status: "below_threshold" | "not_observed" | "no_data") =>
      figure(spoken, { value: null, low: null, high: null, status });
    expect(figure(spoken, exact(1234))).toBe("1,234");
    expect(figure(spoken, { value: 2.5, low: 1, high: 4, status: "available" })).toBe(
      "2.50 (1.00–4.00)",
    );
    expect(figure(spoken, { value: null, low: 5, high: 9, status: "available" })).toBe("5–9");
    expect(figure(spoken, { value: null, low: 50, high: null, status: "available" })).toBe("50+");
    const kinds = [nothing("below_threshold"), nothing("not_observed"), nothing("no_data")];
    expect(new Set(kinds).size).toBe(3);
    for (const words of kinds) expect(words).not.toMatch(/\d/);
  });

  it("promises no more than the bound allows", () => {
    const made = plan();
    expect(gap(spoken, made)).toBe("At most 2 % more is possible with this budget");
    made.summary.bound = 10.0004;
    expect(gap(spoken, made)).toContain("0.1 %");
    made.summary.bound = 10;
    expect(gap(spoken, made)).toBe(en.best);
    made.summary.benefit_unit = "kilometres";
    made.summary.bound = 8;
    expect(gap(spoken, made)).toContain("20 % nearer");
  });

  it("tells what is reached against the whole area", () => {
    expect(reached(spoken, plan())).toContain("(25 %)");
    const households = plan();
    households.summary.benefit_unit = "households_at_risk";
    expect(reached(spoken, households)).toContain("households a year with a recorded child");
    expect(people(spoken, plan())).toContain("3,600 of the 36,000");
    const made = plan();
    made.summary.population_area = { value: null, low: null, high: null, status: "no_data" };
    expect(people(spoken, made)).toBe(en.peopleUnknown);
  });

  it("says what is wrong in Hindi where it has words for it", () => {
    const fault = { code: "unknown", value: "Gya", valid: ["Gaya"], message: "x", remedies: [] };
    expect(faultInWords(hindi, fault)).toContain("Gaya");
    expect(faultInWords(hindi, fault)).not.toBe(faultInWords(spoken, fault));
    const other = { code: "setting", message: "`weeks` is 0", remedies: [] };
    expect(faultInWords(spoken, other)).toBe("`weeks` is 0");
  });

  it("writes the days of a village from the first to the last", () => {
    expect(days(spoken, [])).toBe(en.noDay);
    expect(days(spoken, ["2027-01-11"])).toBe("11 Jan 2027");
    expect(days(spoken, ["2027-01-11", "2027-01-12", "2027-02-03"])).toBe(
      "11 Jan 2027 – 3 Feb 2027 (3 days)",
    );
  });

  it("writes times of day and names instead of identifiers", () => {
    expect(clock(545.4)).toBe("09:05");
    const names = new Map([["block:7", "Alder"]]);
    expect(named("5 (of block:7, because), block:8", names)).toBe("5 (of Alder, because), block:8");
  });

  it("says what one more team would add only where the curve has it", () => {
    const point = (budget_team_days: number, benefit: number | null) => ({
      budget_team_days,
      benefit,
      bound: benefit,
      gained: null,
      villages: 1,
    });
    expect(oneMoreTeam([point(10, 5), point(20, 8), point(30, 9)], 2)).toBeCloseTo(1);
    expect(oneMoreTeam([point(20, 8), point(30, null)], 2)).toBeNull();
    expect(oneMoreTeam([point(20, 8)], 2)).toBeNull();
  });
});

describe("the planner's texts", () => {
  it("are all there in Hindi and none was left in English", () => {
    // A pair of numbers is written alike.
    const compare = (a: object, b: object, path: string) => {
      for (const [name, value] of Object.entries(a)) {
        const other = (b as Record<string, unknown>)[name];
        expect(typeof other, `${path}${name}`).toBe(typeof value);
        if (typeof value === "string") expect(other, `${path}${name}`).not.toBe(value);
        else if (typeof value === "object") compare(value, other as object, `${path}${name}.`);
      }
      expect(Object.keys(b).sort(), path).toEqual(Object.keys(a).sort());
    };
    compare(en, hi, "");
  });
});
