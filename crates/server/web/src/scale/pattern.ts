import type { Nothing, Palette } from "./palette";

/** Side of a pattern in CSS pixels; a pattern repeats without a seam. */
export const PATTERN_SIDE = 8;

/**
 * Draws one tile of the pattern of a kind of nothing: dots for withheld, slant
 * lines for not observed, plain grey for no data, rings for zero, a grid for
 * what cannot be computed.
 */
export function drawPattern(
  context: CanvasRenderingContext2D | OffscreenCanvasRenderingContext2D,
  kind: Nothing,
  colours: Palette["nothing"],
  ratio: number,
): void {
  const side = PATTERN_SIDE;
  const { ground, mark } = colours[kind];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.fillStyle = ground;
  context.fillRect(0, 0, side, side);
  context.fillStyle = mark;
  context.strokeStyle = mark;
  context.lineWidth = 1;
  const disc = (x: number, y: number, radius: number) => {
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
  };
  switch (kind) {
    case "below_threshold":
      for (const [x, y] of [
        [2, 2],
        [6, 6],
      ] as const) {
        disc(x, y, 1.05);
        context.fill();
      }
      break;
    case "not_observed":
      context.lineWidth = 1.3;
      for (const shift of [-side, 0, side]) {
        context.beginPath();
        context.moveTo(shift - 1, side + 1);
        context.lineTo(shift + side + 1, -1);
        context.stroke();
      }
      break;
    case "zero":
      disc(side / 2, side / 2, 1.8);
      context.stroke();
      break;
    case "not_computed":
      context.strokeRect(0, 0, side, side);
      break;
    case "no_data":
      break;
  }
}
