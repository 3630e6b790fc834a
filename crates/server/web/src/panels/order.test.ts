import { describe, expect, it } from "vitest";
import { row } from "../testing";
import { matching, orderAfterClick, sortby, sorted } from "./order";

const COLLATOR = new Intl.Collator("en", { numeric: true });

describe("the order of rows", () => {
  const rows = [
    row({ id: "b", name: "Birch 10", score: 10 }),
    row({ id: "a", name: "Birch 9", score: null, status: "below_threshold" }),
    row({ id: "c", name: "Alder", score: 90 }),
  ];
  const ids = (column: "name" | "score", descending: boolean) =>
    sorted(rows, { column, descending }, "rate", COLLATOR).map(({ id }) => id);

  it("puts empty values last whichever the direction", () => {
    expect(ids("score", true)).toEqual(["c", "b", "a"]);
    expect(ids("score", false)).toEqual(["b", "c", "a"]);
  });

  it("puts rows with a value before withheld ones where the column is empty for both", () => {
    const empty = [
      row({ id: "a", score: null, status: "below_threshold" }),
      row({ id: "b", score: null, rate: 1 }),
      row({ id: "c", score: null, rate: 2 }),
    ];
    const order = sorted(empty, { column: "score", descending: true }, "rate", COLLATOR);
    expect(order.map(({ id }) => id)).toEqual(["c", "b", "a"]);
  });

  it("reads numbers in names as numbers", () => {
    expect(ids("name", false)).toEqual(["c", "a", "b"]);
  });

  it("turns with a second click and begins with the highest figures", () => {
    const first = orderAfterClick({ column: "name", descending: false }, "count");
    expect(first).toEqual({ column: "count", descending: true });
    expect(orderAfterClick(first, "count").descending).toBe(false);
    expect(orderAfterClick(first, "name").descending).toBe(false);
  });

  it("puts a band by its lower end", () => {
    const banded = [
      row({ id: "a", count: null, count_low: 10, count_high: 19 }),
      row({ id: "b", count: null, count_low: 50, count_high: null }),
      row({ id: "c", count: null, count_low: null, count_high: null, status: "below_threshold" }),
      row({ id: "d", count: null, count_low: 5, count_high: 9 }),
    ];
    const by = (descending: boolean) =>
      sorted(banded, { column: "count", descending }, "eb_rate", COLLATOR).map(({ id }) => id);
    expect(by(true)).toEqual(["b", "a", "d", "c"]);
    expect(by(false)).toEqual(["d", "a", "b", "c"]);
  });

  it("is the same for the server", () => {
    expect(sortby({ column: "rate", descending: true }, "eb_rate")).toBe("-eb_rate");
    expect(sortby({ column: "class", descending: false }, "rate")).toBe("gi_z");
  });
});

describe("finding rows", () => {
  const rows = [
    row({ id: "district:1", name: "Bélā", parent_name: "Fictional" }),
    row({ id: "853ca023fffffff", name: null, parent_name: null }),
  ];

  it("looks at name, parent and identifier, whatever case and accents", () => {
    expect(matching(rows, " BELA ").length).toBe(1);
    expect(matching(rows, "fict").length).toBe(1);
    expect(matching(rows, "853ca").length).toBe(1);
    expect(matching(rows, "").length).toBe(2);
    expect(matching(rows, "x").length).toBe(0);
  });
});
