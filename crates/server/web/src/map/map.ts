import {
  type GeoJSONSource,
  type LngLatLike,
  type MapGeoJSONFeature,
  Map as MapView,
  NavigationControl,
  ScaleControl,
  type VectorTileSource,
} from "maplibre-gl";
import "maplibre-gl/dist/maplibre-gl.css";
import type { Bounds, Geometry } from "../api/types";
import type { Coloured } from "../scale/scale";
import type { Camera } from "../state/view";
import { addImages } from "./images";
import { labelsOf, type Piece } from "./labels";
import { type Drawing, INTERACTIVE, layers, SOURCE_LAYER } from "./style";

/** Most names that are worked out for a screen. */
const MOST_LABELS = 600;

/** A unit under the pointer, with the measures that its tile carries. */
export interface Pointed {
  id: string;
  name: string | null;
  measures: Coloured & Record<string, unknown>;
  x: number;
  y: number;
}

/** Tiles of a layer. */
export interface TileSet {
  url: string;
  minzoom: number;
  maxzoom: number;
  bounds?: Bounds;
}

/** What is on the map. */
export interface Scene {
  /** Scenes of the same key differ in the addresses of their tiles alone. */
  key: string;
  units: TileSet;
  /** Outlines that help to find one's way. */
  context: TileSet | null;
  /** Which of the two bears the names. */
  labels: "units" | "context" | null;
}

export interface MapEvents {
  onPoint(pointed: Pointed | null): void;
  onSelect(pointed: Pointed | null): void;
  /** The user or the page moved the map; not told of the first view or a change of size. */
  onMove(camera: Camera): void;
  /** Whether all that was asked for is drawn. */
  onIdle(idle: boolean): void;
  onFailure(): void;
}

export interface MapOptions {
  container: HTMLElement;
  label: string;
  bounds: Bounds | null;
  /** What lies over the map at its edges, so that it hides no unit at first. */
  padding: { left: number; bottom: number };
  camera: Camera | null;
  headers: () => Record<string, string>;
  reducedMotion: boolean;
  locale: Record<string, string>;
}

/** The map: draws tiles, tells what is pointed at, and flies. */
export class UnitMap {
  readonly view: MapView;
  private scene: Scene | null = null;
  private drawing: Drawing | null = null;
  private hovered: string | null = null;
  private written = "";
  private readonly ready: Promise<void>;

  constructor(
    private readonly options: MapOptions,
    private readonly events: MapEvents,
  ) {
    const { container, bounds, camera, padding } = options;
    this.view = new MapView({
      container,
      style: { version: 8, sources: {}, layers: [] },
      ...(camera
        ? { center: [camera.longitude, camera.latitude], zoom: camera.zoom }
        : bounds
          ? { bounds, fitBoundsOptions: { padding: around(padding) } }
          : {}),
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      maxZoom: 15,
      renderWorldCopies: false,
      locale: options.locale,
      // Tiles of a restricted audience carry the token in a header.
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
    this.listen();
    // For the browser tests and for whoever looks at the page in a console.
    Object.assign(globalThis, { safegroundMap: this.view });
  }

  /** Shows tiles; what was there before stays until they arrive. */
  async show(scene: Scene, drawing: Drawing): Promise<void> {
    await this.ready;
    const before = this.scene;
    this.scene = scene;
    if (before?.key === scene.key) {
      for (const name of ["units", "context"] as const) {
        const tiles = scene[name];
        if (tiles && tiles.url !== before[name]?.url) {
          this.view.getSource<VectorTileSource>(name)?.setTiles([tiles.url]);
        }
      }
      this.draw(drawing);
      return;
    }
    this.removeAll();
    for (const name of ["units", "context"] as const) {
      const tiles = scene[name];
      if (tiles) {
        this.view.addSource(name, {
          type: "vector",
          tiles: [tiles.url],
          minzoom: tiles.minzoom,
          maxzoom: tiles.maxzoom,
          promoteId: "id",
          ...(tiles.bounds ? { bounds: tiles.bounds } : {}),
        });
      }
    }
    this.view.addSource("labels", {
      type: "geojson",
      data: { type: "FeatureCollection", features: [] },
    });
    this.drawing = null;
    this.draw(drawing);
  }

  /** Colours what is shown. */
  draw(drawing: Drawing): void {
    if (!this.scene || !this.view.getSource("units")) {
      return;
    }
    if (this.drawing?.palette !== drawing.palette) {
      addImages(this.view, drawing.palette);
    }
    const wanted = layers(drawing, this.scene.context !== null);
    for (const layer of wanted) {
      if (!this.view.getLayer(layer.id)) {
        this.view.addLayer(layer);
        continue;
      }
      if ("filter" in layer && layer.filter) {
        this.view.setFilter(layer.id, layer.filter);
      }
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        this.view.setPaintProperty(layer.id, name as never, value as never);
      }
      for (const [name, value] of Object.entries(layer.layout ?? {})) {
        this.view.setLayoutProperty(layer.id, name as never, value as never);
      }
    }
    this.drawing = drawing;
    // Even where nothing changed, so that `onIdle` is told.
    this.view.triggerRepaint();
  }

  /** Asks for the tiles again, for example when the connection is back. */
  reload(): void {
    for (const name of ["units", "context"] as const) {
      const tiles = this.scene?.[name];
      if (tiles) {
        this.view.getSource<VectorTileSource>(name)?.setTiles([tiles.url]);
      }
    }
  }

  /** Shows the whole of an area, as at first. */
  overview(bounds: Bounds): void {
    this.view.fitBounds(bounds, { padding: around(this.options.padding), animate: false });
  }

  /** Shows an area with what is around it, not closer than a zoom. */
  fit(bounds: Bounds, limits: { from: number; to: number }): void {
    const { clientWidth: width, clientHeight: height } = this.view.getContainer();
    // Room for the neighbours: without them a hot spot cannot be judged.
    const room = around(this.options.padding);
    const [x, y] = [(width - room.left - room.right) / 4, (height - room.top - room.bottom) / 4];
    const padding = {
      top: room.top + y,
      bottom: room.bottom + y,
      left: room.left + x,
      right: room.right + x,
    };
    const target = this.view.cameraForBounds(bounds, { padding, maxZoom: limits.to });
    if (target?.center) {
      this.move(target.center, Math.max(target.zoom ?? 0, limits.from));
    }
  }

  /** Comes as close as a zoom. */
  zoomTo(zoom: number): void {
    this.move(this.view.getCenter(), zoom);
  }

  /** Looks where a camera looks. */
  look(camera: Camera): void {
    this.move([camera.longitude, camera.latitude], camera.zoom);
  }

  get zoom(): number {
    return this.view.getZoom();
  }

  private move(center: LngLatLike, zoom: number): void {
    if (this.options.reducedMotion) {
      this.view.jumpTo({ center, zoom }, { byProgram: true });
    } else {
      this.view.easeTo({ center, zoom, duration: 700 }, { byProgram: true });
    }
  }

  private removeAll(): void {
    for (const { id } of this.view.getStyle().layers) {
      this.view.removeLayer(id);
    }
    for (const name of ["units", "context", "labels"]) {
      if (this.view.getSource(name)) {
        this.view.removeSource(name);
      }
    }
    this.hovered = null;
    this.written = "";
  }

  private listen(): void {
    const { view, events } = this;
    view.on("mousemove", (event) => {
      const pointed = this.at(event.point);
      this.hover(pointed?.id ?? null);
      view.getCanvas().style.cursor = pointed ? "pointer" : "";
      events.onPoint(pointed);
    });
    view.on("mouseout", () => {
      this.hover(null);
      events.onPoint(null);
    });
    view.on("click", (event) => events.onSelect(this.at(event.point)));
    view.on("movestart", () => {
      events.onPoint(null);
      events.onIdle(false);
    });
    view.on("moveend", (event) => {
      if ("byProgram" in event || "originalEvent" in event) {
        const { lat, lng } = view.getCenter();
        events.onMove({ latitude: lat, longitude: lng, zoom: view.getZoom() });
      }
    });
    view.on("error", () => events.onFailure());
    view.on("dataloading", () => events.onIdle(false));
    view.on("idle", () => events.onIdle(this.drawing !== null && !this.writeLabels()));
  }

  private at(point: { x: number; y: number }): Pointed | null {
    const layers = INTERACTIVE.filter((id) => this.view.getLayer(id));
    if (layers.length === 0) {
      return null;
    }
    const found = this.view.queryRenderedFeatures([point.x, point.y], { layers })[0];
    return found ? pointed(found, point) : null;
  }

  private hover(id: string | null): void {
    if (id === this.hovered || !this.view.getSource("units")) {
      return;
    }
    const state = (unit: string, hover: boolean) =>
      this.view.setFeatureState(
        { source: "units", sourceLayer: SOURCE_LAYER, id: unit },
        { hover },
      );
    if (this.hovered !== null) state(this.hovered, false);
    if (id !== null) state(id, true);
    this.hovered = id;
  }

  /** Writes the names of what is in sight; `false` if they stand already. */
  private writeLabels(): boolean {
    const source = this.view.getSource<GeoJSONSource>("labels");
    const from = this.scene?.labels;
    if (!source || !from || !this.view.getSource(from)) {
      return false;
    }
    const features = this.view.querySourceFeatures(from, { sourceLayer: SOURCE_LAYER });
    const pieces: Piece[] = features.flatMap(({ properties, geometry }) => {
      const { id, name } = properties;
      const drawn = geometry.type === "Polygon" || geometry.type === "MultiPolygon";
      return drawn && typeof name === "string"
        ? [{ id: String(id), name, geometry: geometry as Geometry }]
        : [];
    });
    const labels = labelsOf(pieces);
    const shown = labels.sort((a, b) => b.area - a.area).slice(0, MOST_LABELS);
    const text = JSON.stringify(shown.map(({ name, at }) => [name, at]));
    if (text === this.written) {
      return false;
    }
    this.written = text;
    source.setData({
      type: "FeatureCollection",
      features: shown.map(({ name, at }, order) => ({
        type: "Feature",
        geometry: { type: "Point", coordinates: at },
        properties: { name, order },
      })),
    });
    return true;
  }
}

function around({ left, bottom }: { left: number; bottom: number }) {
  return { top: 20, right: left > 0 ? 56 : 20, bottom: bottom + 20, left: left + 20 };
}

function pointed(feature: MapGeoJSONFeature, { x, y }: { x: number; y: number }): Pointed {
  const { id, name, ...measures } = feature.properties;
  return {
    id: String(id),
    name: typeof name === "string" ? name : null,
    measures: measures as Pointed["measures"],
    x,
    y,
  };
}
