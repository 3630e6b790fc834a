import {
  type GeoJSONSource,
  type MapMouseEvent,
  Map as MapView,
  NavigationControl,
  ScaleControl,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import type { Bounds } from "../api/types";
import type { TileSet } from "../map/map";
import { SOURCE_LAYER } from "../map/style";
import { palette } from "../scale/palette";
import { drawMark, markOf } from "./marks";
import type { Point } from "./types";

/** What a source of the map is given. */
interface Feature {
  type: "Feature";
  geometry:
    | { type: "Point"; coordinates: [number, number] }
    | { type: "LineString"; coordinates: [number, number][] };
  properties: Record<string, string | number>;
}

/** Pixels of a mark's picture. */
const SIDE = 48;

/** A village on the map. */
export interface Spot {
  id: string;
  at: Point;
  /** Number of its team; `null` where no day has room for it. */
  team: number | null;
  /** 0 to 1, by which its mark grows. */
  size: number;
}

/** The way of a team on a day. */
export interface Way {
  team: number;
  points: Point[];
}

/** What lies over the areas. */
export interface Drawn {
  spots: Spot[];
  ways: Way[];
  bases: { team: number; at: Point }[];
}

export interface PlanMapEvents {
  onArea(id: string): void;
  onVillage(id: string): void;
  onPoint(at: Point): void;
  onIdle(idle: boolean): void;
}

/** Areas to choose from, and the villages and ways of a plan. */
export class PlanMap {
  readonly view: MapView;
  private readonly ready: Promise<void>;
  private dark: boolean;
  private picking = false;
  private drawn: Drawn = { spots: [], ways: [], bases: [] };
  private chosen: string[] = [];
  private selected: string | null = null;

  constructor(
    options: {
      container: HTMLElement;
      label: string;
      bounds: Bounds | null;
      dark: boolean;
      headers: () => Record<string, string>;
      locale: Record<string, string>;
    },
    private readonly events: PlanMapEvents,
  ) {
    this.dark = options.dark;
    this.view = new MapView({
      container: options.container,
      style: { version: 8, sources: {}, layers: [] },
      ...(options.bounds ? { bounds: options.bounds, fitBoundsOptions: { padding: 24 } } : {}),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxZoom: 15,
      renderWorldCopies: false,
      locale: options.locale,
      transformRequest: (url) => ({ url, headers: options.headers() }),
    });
    this.view.touchZoomRotate.disableRotation();
    this.view.keyboard.disableRotation();
    this.view.addControl(new NavigationControl({ showCompass: false }), "top-right");
    this.view.addControl(new ScaleControl({ maxWidth: 90 }), "bottom-right");
    this.view.getCanvas().setAttribute("aria-label", options.label);
    this.ready = new Promise((resolve) => {
      this.view.once("load", () => resolve());
    });
    this.view.on("click", (event) => this.click(event));
    this.view.on("mousemove", (event) => {
      const hit = this.picking ? "crosshair" : this.at(event) ? "pointer" : "";
      this.view.getCanvas().style.cursor = hit;
    });
    // A map without areas is idle too, but nothing can be chosen on it.
    this.view.on("idle", () => events.onIdle(this.view.getLayer("areas-fill") !== undefined));
    this.view.on("dataloading", () => events.onIdle(false));
    // A tile that does not come leaves a gap; the lists hold everything.
    this.view.on("error", () => {});
    Object.assign(globalThis, { safegroundMap: this.view });
  }

  /** Areas of a layer, to be chosen by a click. */
  async areas(tiles: TileSet): Promise<void> {
    await this.ready;
    for (const { id } of this.view.getStyle().layers) this.view.removeLayer(id);
    if (this.view.getSource("areas")) this.view.removeSource("areas");
    this.view.addSource("areas", {
      type: "vector",
      tiles: [tiles.url],
      minzoom: tiles.minzoom,
      maxzoom: tiles.maxzoom,
      promoteId: "id",
      ...(tiles.bounds ? { bounds: tiles.bounds } : {}),
    });
    for (const name of ["spots", "ways", "bases"]) {
      if (!this.view.getSource(name)) {
        this.view.addSource(name, { type: "geojson", data: empty() });
      }
    }
    this.paint();
  }

  /** Marks areas as chosen. */
  choose(ids: string[]): void {
    this.chosen = ids;
    if (this.view.getLayer("areas-chosen")) {
      this.view.setFilter("areas-chosen", chosenFilter(ids));
    }
  }

  /** Draws villages, ways and bases. */
  async draw(drawn: Drawn): Promise<void> {
    this.drawn = drawn;
    await this.ready;
    this.write();
  }

  /** Marks a village. */
  select(id: string | null): void {
    this.selected = id;
    if (this.view.getLayer("spots-selected")) {
      this.view.setFilter("spots-selected", ["==", ["get", "id"], id ?? ""]);
    }
  }

  /** Whether the next click chooses a point. */
  pick(picking: boolean): void {
    this.picking = picking;
  }

  /** Colours for the light or the dark. */
  setDark(dark: boolean): void {
    this.dark = dark;
    if (this.view.getSource("areas")) this.paint();
  }

  /** Shows all of what is drawn. */
  fit(): void {
    const points = [
      ...this.drawn.spots.map(({ at }) => at),
      ...this.drawn.bases.map(({ at }) => at),
    ];
    const [first] = points;
    if (!first) return;
    const bounds: Bounds = [first.longitude, first.latitude, first.longitude, first.latitude];
    for (const { longitude, latitude } of points) {
      bounds[0] = Math.min(bounds[0], longitude);
      bounds[1] = Math.min(bounds[1], latitude);
      bounds[2] = Math.max(bounds[2], longitude);
      bounds[3] = Math.max(bounds[3], latitude);
    }
    this.view.fitBounds(bounds, { padding: 48, maxZoom: 12, animate: false });
  }

  remove(): void {
    this.view.remove();
  }

  private at(event: MapMouseEvent): { layer: string; id: string } | null {
    const layers = ["spots", "spots-none", "areas-fill"].filter((id) => this.view.getLayer(id));
    const [found] = this.view.queryRenderedFeatures(event.point, { layers });
    return found ? { layer: found.layer.id, id: String(found.properties["id"]) } : null;
  }

  private click(event: MapMouseEvent): void {
    if (this.picking) {
      const { lat, lng } = event.lngLat;
      const round = (degrees: number) => Math.round(degrees * 1e5) / 1e5;
      this.events.onPoint({ latitude: round(lat), longitude: round(lng) });
      return;
    }
    const hit = this.at(event);
    if (hit?.layer === "areas-fill") this.events.onArea(hit.id);
    else if (hit) this.events.onVillage(hit.id);
  }

  private paint(): void {
    const { view, dark } = this;
    const colours = palette(dark);
    for (const { id } of view.getStyle().layers) view.removeLayer(id);
    const areas = { source: "areas", "source-layer": SOURCE_LAYER };
    const accent = dark ? "#7fd0dc" : "#0b5563";
    view.addLayer({
      id: "background",
      type: "background",
      paint: { "background-color": colours.surface },
    });
    const land = dark ? "#232d33" : "#fbfbf8";
    view.addLayer({ id: "areas-fill", type: "fill", ...areas, paint: { "fill-color": land } });
    view.addLayer({
      id: "areas-chosen",
      type: "fill",
      ...areas,
      filter: chosenFilter(this.chosen),
      paint: { "fill-color": accent, "fill-opacity": dark ? 0.35 : 0.22 },
    });
    view.addLayer({
      id: "areas-line",
      type: "line",
      ...areas,
      paint: { "line-color": colours.context, "line-width": 0.7, "line-opacity": 0.7 },
    });
    view.addLayer({
      id: "ways",
      type: "line",
      source: "ways",
      layout: { "line-join": "round" },
      paint: { "line-color": ["get", "colour"], "line-width": 2.2 },
    });
    for (const [number, dash] of [0, 1, 2, 3].map((n) => [n, markOf(n, dark).dash] as const)) {
      if (number === 0) {
        view.setFilter("ways", ["==", ["get", "dash"], 0]);
        continue;
      }
      view.addLayer({
        id: `ways-${number}`,
        type: "line",
        source: "ways",
        filter: ["==", ["get", "dash"], number],
        paint: { "line-color": ["get", "colour"], "line-width": 2.2, "line-dasharray": dash },
      });
    }
    view.addLayer({
      id: "spots-selected",
      type: "circle",
      source: "spots",
      filter: ["==", ["get", "id"], this.selected ?? ""],
      paint: {
        "circle-radius": 16,
        "circle-color": "rgba(0,0,0,0)",
        "circle-stroke-color": colours.selected,
        "circle-stroke-width": 3,
      },
    });
    view.addLayer({
      id: "spots-none",
      type: "circle",
      source: "spots",
      filter: ["==", ["get", "image"], ""],
      paint: {
        "circle-radius": 5,
        "circle-color": colours.surface,
        "circle-stroke-color": colours.context,
        "circle-stroke-width": 2,
      },
    });
    view.addLayer({
      id: "spots",
      type: "symbol",
      source: "spots",
      filter: ["!=", ["get", "image"], ""],
      layout: {
        "icon-image": ["get", "image"],
        "icon-size": ["interpolate", ["linear"], ["get", "size"], 0, 0.55, 1, 1.3],
        "icon-allow-overlap": true,
        "symbol-sort-key": ["-", 0, ["get", "size"]],
      },
    });
    view.addLayer({
      id: "bases",
      type: "symbol",
      source: "bases",
      layout: {
        "icon-image": ["get", "image"],
        "icon-size": 0.9,
        "icon-allow-overlap": true,
      },
    });
    this.write();
  }

  private images(count: number, edge: string): void {
    for (let team = 0; team < count; team += 1) {
      const mark = markOf(team, this.dark);
      this.image(`team-${team}`, (context) => drawMark(context, SIDE, mark, edge));
      // A house is a base: a square under a roof, in the team's colour.
      this.image(`base-${team}`, (context) => {
        context.beginPath();
        for (const [x, y] of [
          [6, 24],
          [24, 6],
          [42, 24],
          [36, 24],
          [36, 42],
          [12, 42],
          [12, 24],
        ]) {
          context.lineTo(x ?? 0, y ?? 0);
        }
        context.closePath();
        context.fillStyle = mark.colour;
        context.fill();
        context.lineWidth = 3;
        context.strokeStyle = edge;
        context.stroke();
      });
    }
  }

  private image(name: string, draw: (context: CanvasRenderingContext2D) => void): void {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIDE;
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (!context) return;
    draw(context);
    const data = context.getImageData(0, 0, SIDE, SIDE);
    if (this.view.hasImage(name)) this.view.updateImage(name, data);
    else this.view.addImage(name, data, { pixelRatio: 2 });
  }

  private write(): void {
    const { spots, ways, bases } = this.drawn;
    const set = (name: string, features: Feature[]) =>
      this.view.getSource<GeoJSONSource>(name)?.setData({ type: "FeatureCollection", features });
    const highest = Math.max(...spots.map(({ team }) => team ?? 0), ...bases.map((b) => b.team), 0);
    this.images(highest + 1, palette(this.dark).selectedCasing);
    set(
      "spots",
      spots.map(({ id, at, team, size }) => ({
        type: "Feature",
        geometry: { type: "Point", coordinates: [at.longitude, at.latitude] },
        properties: { id, size, image: team === null ? "" : `team-${team}` },
      })),
    );
    set(
      "ways",
      ways.map(({ team, points }) => ({
        type: "Feature",
        geometry: {
          type: "LineString",
          coordinates: points.map(({ longitude, latitude }) => [longitude, latitude]),
        },
        properties: { colour: markOf(team, this.dark).colour, dash: team % 4 },
      })),
    );
    set(
      "bases",
      bases.map(({ team, at }) => ({
        type: "Feature",
        geometry: { type: "Point", coordinates: [at.longitude, at.latitude] },
        properties: { image: `base-${team}` },
      })),
    );
  }
}

function empty(): { type: "FeatureCollection"; features: Feature[] } {
  return { type: "FeatureCollection", features: [] };
}

function chosenFilter(ids: string[]) {
  return ["in", ["get", "id"], ["literal", ids]] as never;
}
