import { describe, expect, it } from "vitest";
import type { Position } from "../api/types";
import { boundsOf } from "./extent";
import { labelsOf } from "./labels";

const square = (x: number, y: number, side: number): Position[] => [
  [x, y],
  [x + side, y],
  [x + side, y + side],
  [x, y + side],
  [x, y],
];

describe("labels", () => {
  it("stand once at the middle of a unit that tiles have cut apart", () => {
    const piece = (ring: Position[]) => ({
      id: "district:1",
      name: "Alder",
      geometry: { type: "Polygon" as const, coordinates: [ring] },
    });
    const labels = labelsOf([
      piece(square(84, 22, 1)),
      piece(square(85, 22, 1)),
      piece(square(84, 23, 1)),
      piece(square(85, 23, 1)),
    ]);
    expect(labels.length).toBe(1);
    expect(labels[0]?.at[0]).toBeCloseTo(85, 9);
    expect(labels[0]?.at[1]).toBeCloseTo(23, 9);
    expect(labels[0]?.area).toBeCloseTo(4, 9);
  });

  it("are not written for points and slivers without area", () => {
    const flat: Position[] = [
      [1, 1],
      [2, 2],
      [1, 1],
    ];
    expect(
      labelsOf([
        { id: "a", name: "A", geometry: { type: "Point", coordinates: [1, 1] } },
        { id: "b", name: "B", geometry: { type: "Polygon", coordinates: [flat] } },
      ]),
    ).toEqual([]);
  });
});

describe("the extent of a shape", () => {
  it("holds all its parts", () => {
    const coordinates = [[square(84, 22, 1)], [square(90, 10, 2)]];
    expect(boundsOf({ type: "MultiPolygon", coordinates })).toEqual([84, 10, 92, 23]);
    expect(boundsOf({ type: "Point", coordinates: [3, 4] })).toEqual([3, 4, 3, 4]);
    expect(boundsOf({ type: "Polygon", coordinates: [] })).toBeNull();
  });
});
