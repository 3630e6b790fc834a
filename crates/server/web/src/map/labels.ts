import type { Geometry, Position } from "../api/types";

/** A part of a unit as a tile holds it. */
export interface Piece {
  id: string;
  name: string;
  geometry: Geometry;
}

/** A name and where it is written. */
export interface Label {
  name: string;
  at: Position;
  area: number;
}

/**
 * One label for each unit: at the centre of gravity of all its pieces. Tiles
 * cut units apart; a label for each piece would repeat names.
 */
export function labelsOf(pieces: readonly Piece[]): Label[] {
  const units = new Map<string, { name: string; x: number; y: number; area: number }>();
  for (const { id, name, geometry } of pieces) {
    const sum = units.get(id) ?? { name, x: 0, y: 0, area: 0 };
    for (const ring of outerRings(geometry)) {
      const { x, y, area } = centroid(ring);
      sum.x += x * area;
      sum.y += y * area;
      sum.area += area;
    }
    units.set(id, sum);
  }
  return [...units.values()]
    .filter(({ area }) => area > 0)
    .map(({ name, x, y, area }) => ({ name, at: [x / area, y / area], area }));
}

/** Outer rings of polygons; a point has none. */
export function outerRings(geometry: Geometry): Position[][] {
  switch (geometry.type) {
    case "Polygon":
      return geometry.coordinates.slice(0, 1);
    case "MultiPolygon":
      return geometry.coordinates.flatMap((polygon) => polygon.slice(0, 1));
    case "Point":
      return [];
  }
}

function centroid(ring: readonly Position[]): { x: number; y: number; area: number } {
  const origin = ring[0] ?? [0, 0];
  let [twice, x, y] = [0, 0, 0];
  for (let index = 0; index + 1 < ring.length; index += 1) {
    const [ax, ay] = relative(ring[index], origin);
    const [bx, by] = relative(ring[index + 1], origin);
    const cross = ax * by - bx * ay;
    twice += cross;
    x += (ax + bx) * cross;
    y += (ay + by) * cross;
  }
  if (twice === 0) {
    return { x: origin[0], y: origin[1], area: 0 };
  }
  return {
    x: origin[0] + x / (3 * twice),
    y: origin[1] + y / (3 * twice),
    area: Math.abs(twice) / 2,
  };
}

function relative(position: Position | undefined, origin: Position): Position {
  return position ? [position[0] - origin[0], position[1] - origin[1]] : [0, 0];
}
