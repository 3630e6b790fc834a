import { describe, expect, it } from "vitest";
import { ordered, rowsOf } from "./rows";
import { plan } from "./testing";

const collator = new Intl.Collator("en", { numeric: true });
const names = (rows: ReturnType<typeof rowsOf>) => rows.map(({ village }) => village.name);

describe("the villages of a plan", () => {
  it("have the first team that comes and every day on which somebody comes", () => {
    const rows = rowsOf(plan());
    expect(rows.map(({ team, dates }) => [team, dates])).toEqual([
      [1, ["2027-01-11", "2027-01-12"]],
      [0, ["2027-01-11"]],
      [null, []],
    ]);
  });

  it("are put in order with what is not known last, either way", () => {
    const rows = rowsOf(plan());
    expect(names(ordered(rows, "benefit", true, collator))).toEqual(["Bel", "Amla", "Champa"]);
    expect(names(ordered(rows, "benefit", false, collator))).toEqual(["Amla", "Bel", "Champa"]);
    expect(names(ordered(rows, "date", true, collator)).at(-1)).toBe("Champa");
    expect(names(ordered(rows, "village", true, collator))).toEqual(["Champa", "Bel", "Amla"]);
  });
});
