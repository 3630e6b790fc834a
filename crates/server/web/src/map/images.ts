import type { Map as MapView } from "maplibre-gl";
import { NOTHINGS, type Palette } from "../scale/palette";
import { drawPattern, PATTERN_SIDE } from "../scale/pattern";

const RATIO = 2;
/**
 * Between two whole zooms the map enlarges patterns up to twofold; drawn this
 * much smaller, they are as large as in the legend halfway between.
 */
const SHRINKING = Math.SQRT2;
const DOT_SIDE = 16;

/** Gives the map the patterns of the kinds of nothing, as areas and as dots. */
export function addImages(map: MapView, palette: Palette): void {
  for (const kind of NOTHINGS) {
    put(map, `pattern-${kind}`, PATTERN_SIDE, RATIO * SHRINKING, (context) => {
      drawPattern(context, kind, palette.nothing, RATIO);
    });
    put(map, `dot-${kind}`, DOT_SIDE, RATIO, (context) => {
      const pattern = canvas(PATTERN_SIDE);
      drawPattern(pattern, kind, palette.nothing, RATIO);
      const fill = context.createPattern(pattern.canvas, "repeat");
      context.beginPath();
      context.arc(DOT_SIDE, DOT_SIDE, DOT_SIDE - 2, 0, 2 * Math.PI);
      context.fillStyle = fill ?? palette.nothing[kind].ground;
      context.fill();
      context.lineWidth = 2;
      context.strokeStyle = palette.context;
      context.stroke();
    });
  }
}

function put(
  map: MapView,
  name: string,
  side: number,
  pixelRatio: number,
  draw: (context: CanvasRenderingContext2D) => void,
): void {
  const context = canvas(side);
  draw(context);
  const image = context.getImageData(0, 0, side * RATIO, side * RATIO);
  if (map.hasImage(name)) {
    map.updateImage(name, image);
  } else {
    map.addImage(name, image, { pixelRatio });
  }
}

function canvas(side: number): CanvasRenderingContext2D {
  const element = document.createElement("canvas");
  element.width = side * RATIO;
  element.height = side * RATIO;
  const context = element.getContext("2d", { willReadFrequently: true });
  if (!context) {
    throw new Error("this browser draws no pictures");
  }
  return context;
}
