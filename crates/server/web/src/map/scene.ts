import type { Client, Question } from "../api/client";
import type { Catalog, Layer, TileJson } from "../api/types";
import { HEAT_MAP, type View } from "../state/view";
import type { Scene, TileSet } from "./map";

/** Levels of places, widest first. */
const LEVELS = ["state", "district", "subdistrict", "block", "village"];

/**
 * The layer whose outlines and names help to find one's way in another: the
 * next wider level of places; for hexagons the districts.
 */
export function contextOf(catalog: Catalog, layer: string): Layer | null {
  const [level = "", vintage] = layer.split("@");
  const below = layer === HEAT_MAP ? LEVELS.indexOf("district") + 1 : LEVELS.indexOf(level);
  for (const wider of LEVELS.slice(0, Math.max(below, 0)).reverse()) {
    const found =
      catalog.layers.find(({ id }) => id === `${wider}${vintage ? `@${vintage}` : ""}`) ??
      catalog.layers.find(({ id }) => id.split("@")[0] === wider);
    if (found) {
      return found;
    }
  }
  return null;
}

/** Whether the units of a layer bear names worth writing on the map. */
function hasNames(layer: string): boolean {
  return layer !== HEAT_MAP && layer.split("@")[0] !== "village";
}

/** Finds out where the tiles of a view are; asks once for each layer. */
export class Scenes {
  private readonly known = new Map<string, Promise<TileJson>>();

  constructor(
    private readonly client: Client,
    private readonly catalog: Catalog,
  ) {}

  async of({ layer, theme, period }: View): Promise<Scene> {
    const context = contextOf(this.catalog, layer);
    const [units, outlines] = await Promise.all([
      this.tiles({ layer, theme, period }),
      context ? this.outlines(context) : null,
    ]);
    return {
      key: `${layer}/${context?.id ?? ""}`,
      units,
      context: outlines,
      labels: hasNames(layer) ? "units" : outlines ? "context" : null,
    };
  }

  private async outlines({ id }: Layer): Promise<TileSet | null> {
    const entry = this.catalog.available.find(({ layer }) => layer === id);
    const period = entry?.periods.at(-1);
    if (!entry || period === undefined) {
      return null;
    }
    // Outlines are a help: without them the map still shows its units.
    return this.tiles({ layer: id, theme: entry.theme, period }).catch(() => null);
  }

  private async tiles(question: Question): Promise<TileSet> {
    const asked = this.known.get(question.layer) ?? this.client.tileJson(question);
    this.known.set(question.layer, asked);
    const json = await asked.catch((error: unknown) => {
      this.known.delete(question.layer);
      throw error;
    });
    const { minzoom, maxzoom, bounds } = json;
    return {
      url: this.client.tileAddress(question),
      minzoom,
      maxzoom,
      ...(bounds ? { bounds } : {}),
    };
  }
}
