import { describe, expect, it } from "vitest";
import { corners, markOf } from "./marks";

describe("marks of teams", () => {
  it("differ between 56 teams, by day and by night", () => {
    for (const dark of [false, true]) {
      const marks = Array.from({ length: 56 }, (_, team) => markOf(team, dark));
      expect(new Set(marks.map(({ colour, shape }) => `${colour} ${shape}`)).size).toBe(56);
    }
  });

  it("have shapes of their own that stay within their circle", () => {
    const shapes = Array.from({ length: 7 }, (_, team) => markOf(team, false).shape);
    expect(new Set(shapes).size).toBe(7);
    for (const shape of shapes) {
      for (const [x, y] of corners(shape) ?? []) expect(Math.hypot(x, y)).toBeLessThan(1.02);
    }
  });
});
