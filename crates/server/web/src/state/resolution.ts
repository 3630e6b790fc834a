import type { Catalog, Layer } from "../api/types";

/** Deepest zoom of the tiles; the map enlarges them beyond. */
export const MAX_TILE_ZOOM = 12;

/** The resolution that the server looks for at a tile zoom. */
function wanted(zoom: number): number {
  if (zoom <= 4) return 3;
  if (zoom <= 6) return 4;
  if (zoom <= 8) return 5;
  if (zoom <= 10) return 6;
  return zoom <= 12 ? 7 : 8;
}

/**
 * The layer of H3 cells that the server draws at a zoom of the map: the finest
 * that is not finer than suits the zoom, else the coarsest.
 */
export function layerForZoom(
  catalog: Catalog,
  theme: string,
  period: string,
  zoom: number,
): Layer | null {
  const layers = cellLayers(catalog, theme, period);
  const limit = wanted(tileZoom(zoom));
  return layers.findLast((layer) => (layer.h3_resolution ?? 0) <= limit) ?? layers[0] ?? null;
}

/** Zooms of the map at which a layer of H3 cells is drawn; `null` if never. */
export function zoomsOf(
  catalog: Catalog,
  theme: string,
  period: string,
  layer: string,
): { from: number; to: number } | null {
  const zooms = Array.from({ length: MAX_TILE_ZOOM + 1 }, (_, zoom) => zoom).filter(
    (zoom) => layerForZoom(catalog, theme, period, zoom)?.id === layer,
  );
  const [from, to] = [zooms[0], zooms.at(-1)];
  if (from === undefined || to === undefined) {
    return null;
  }
  return { from, to: to === MAX_TILE_ZOOM ? 22 : to + 0.99 };
}

/** Resolution of an H3 cell, which its identifier holds in its second digit. */
export function resolutionOf(cell: string): number {
  return Number.parseInt(cell.charAt(1), 16);
}

function tileZoom(zoom: number): number {
  return Math.min(Math.max(Math.floor(zoom), 0), MAX_TILE_ZOOM);
}

function cellLayers(catalog: Catalog, theme: string, period: string): Layer[] {
  return catalog.layers
    .filter(({ id, kind }) => {
      const has = (entry: Catalog["available"][number]) =>
        entry.layer === id && entry.theme === theme && entry.periods.includes(period);
      return kind === "h3" && catalog.available.some(has);
    })
    .sort((a, b) => (a.h3_resolution ?? 0) - (b.h3_resolution ?? 0));
}
