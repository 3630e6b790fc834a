import { h } from "../dom";
import type { Nothing, Palette } from "../scale/palette";
import { drawPattern } from "../scale/pattern";

const [WIDTH, HEIGHT, RATIO] = [26, 16, 2];

/** A sample of a colour. */
export function colourSwatch(colour: string): HTMLElement {
  const swatch = h("span", { class: "swatch", "aria-hidden": "true" });
  swatch.style.backgroundColor = colour;
  return swatch;
}

/** A sample of a pattern, drawn as the map draws it. */
export function patternSwatch(kind: Nothing, palette: Palette): HTMLElement {
  const swatch = h("canvas", {
    class: "swatch",
    width: WIDTH * RATIO,
    height: HEIGHT * RATIO,
    "aria-hidden": "true",
    "data-pattern": kind,
  });
  const tile = document.createElement("canvas");
  tile.width = tile.height = 8 * RATIO;
  const [brush, context] = [tile.getContext("2d"), swatch.getContext("2d")];
  if (brush && context) {
    drawPattern(brush, kind, palette.nothing, RATIO);
    context.fillStyle = context.createPattern(tile, "repeat") ?? palette.nothing[kind].ground;
    context.fillRect(0, 0, swatch.width, swatch.height);
  }
  return swatch;
}
