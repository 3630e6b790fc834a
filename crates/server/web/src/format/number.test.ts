import { describe, expect, it } from "vitest";
import { Formatter } from "./number";

const FORMAT = new Formatter("en-IN");

describe("numbers as people read them", () => {
  it("have about three digits as rates", () => {
    expect([0.1234, 9.876, 23.456, 456.7].map((value) => FORMAT.rate(value))).toEqual([
      "0.12",
      "9.88",
      "23.5",
      "457",
    ]);
  });

  it("are grouped as in India", () => {
    expect(FORMAT.integer(1234567)).toBe("12,34,567");
  });

  it("never show a q-value as zero", () => {
    expect(FORMAT.q(0.00001)).toBe("< 0.001");
    expect(FORMAT.q(0.0312)).toBe("0.031");
  });

  it("show limits as they are", () => {
    expect([20, 2.5, 0.125].map((value) => FORMAT.exact(value))).toEqual(["20", "2.5", "0.125"]);
  });
});

describe("periods as people read them", () => {
  it("may be years, spans, quarters and months", () => {
    expect(["2024", "2019/2021", "2024-Q3", "2024-07"].map((text) => FORMAT.period(text))).toEqual([
      "2024",
      "2019–2021",
      "Q3 2024",
      "Jul 2024",
    ]);
  });

  it("and days", () => {
    expect(FORMAT.day("2024-12-31")).toBe("31 Dec 2024");
    expect(FORMAT.day("unknown")).toBe("unknown");
  });
});
