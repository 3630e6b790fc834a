import type { Bounds, Geometry, Position } from "../api/types";
import { outerRings } from "./labels";

/** West, south, east, north of a shape. */
export function boundsOf(geometry: Geometry): Bounds | null {
  const positions: Position[] =
    geometry.type === "Point" ? [geometry.coordinates] : outerRings(geometry).flat();
  if (positions.length === 0) {
    return null;
  }
  const bounds: Bounds = [180, 90, -180, -90];
  for (const [x, y] of positions) {
    bounds[0] = Math.min(bounds[0], x);
    bounds[1] = Math.min(bounds[1], y);
    bounds[2] = Math.max(bounds[2], x);
    bounds[3] = Math.max(bounds[3], y);
  }
  return bounds;
}
