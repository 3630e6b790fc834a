import type { Client, Question } from "./api/client";
import { Profiles } from "./api/profiles";
import { RowLoader, type Rows } from "./api/rows";
import type { Catalog, Layer, Theme } from "./api/types";
import { copyText, saveFile } from "./browser";
import { boundsOf } from "./map/extent";
import type { UnitMap } from "./map/map";
import { Scenes } from "./map/scene";
import type { Drawing } from "./map/style";
import { rateOf } from "./panels/cells";
import { measureTitle, type Shown, themeTitle, unitName } from "./panels/context";
import { openAbout } from "./panels/dialogs";
import { Layout } from "./panels/layout";
import { explain } from "./panels/notices";
import { sortby } from "./panels/order";
import { palette } from "./scale/palette";
import { NO_VALUES, scaleOf } from "./scale/scale";
import { choose, type Missing, measureKept, shownLayer } from "./state/choose";
import { resolutionOf, zoomsOf } from "./state/resolution";
import { Store } from "./state/store";
import { HEAT_MAP, type View } from "./state/view";
import { type Language, remember } from "./texts";
import { ClassValues } from "./values";

/** How often tiles are asked for again before the reader is told. */
const RETRIES = 2;
const RETRY_AFTER_MS = 1_500;
/** Zoom that is assumed until the map has one. */
const FIRST_ZOOM = 6;
/** Closest zoom at which a selected place of a level is shown. */
const CLOSEST: Record<string, number> = { state: 7, district: 9, subdistrict: 10, block: 10.5 };

export interface AppEvents {
  onAccess(): void;
  /** Another audience, release or language: everything begins again. */
  onRestart(view: View): void;
  /** Opens the planner's page; resolves to `false` if it cannot be loaded. */
  onPlan(): Promise<boolean>;
}

/** Keeps the view, the address, the map, the table and the panels together. */
export class App {
  private readonly store: Store;
  private readonly layout: Layout;
  private readonly loader: RowLoader;
  private readonly scenes: Scenes;
  private readonly values: ClassValues;
  private readonly profiles: Profiles;
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private readonly ended = new AbortController();
  private map: UnitMap | null = null;
  private layer: Layer | null;
  private drawnScene = "";
  private retries = 0;
  private retryTimer: ReturnType<typeof setTimeout> | null = null;
  /** Zoom from which the units are drawn. */
  private firstZoom = 0;
  /** Whether the map moves to the unit that is selected next. */
  private flyNext = false;

  constructor(
    root: HTMLElement,
    private readonly client: Client,
    private readonly language: Language,
    private readonly catalog: Catalog,
    chosen: { view: View; missing: Missing[] },
    private readonly events: AppEvents,
  ) {
    const { view, missing } = chosen;
    this.store = new Store(view);
    this.scenes = new Scenes(client, catalog);
    this.loader = new RowLoader(client, () => this.render());
    this.profiles = new Profiles(client);
    this.values = new ClassValues(client, () => this.render());
    this.layer = shownLayer(catalog, view, view.camera?.zoom ?? FIRST_ZOOM);
    this.layout = new Layout(this.shown(), {
      onAbout: () => openAbout(catalog, language, client.address("/v1/manifest", {})),
      onAccess: () => events.onAccess(),
      onCopy: () => void this.copy(),
      onLanguage: (code) => {
        remember(code);
        events.onRestart(this.store.view);
      },
      ...(catalog.audience === "planning" ? { onPlan: () => void this.plan() } : {}),
      onPick: (change) => this.pick(change),
      onSelectRow: (unit) => this.select(unit, true),
      onOrder: () => void this.loadRows(),
      onMore: () => void this.loader.more(),
      onCsv: () => void this.download(),
      onClose: () => this.select(null, false),
      onZoom: () => this.fly(),
      onTheme: (theme) => this.pick({ theme }),
      onRetryProfile: () => void this.loadProfile(),
      onResize: () => this.map?.view.resize(),
    });
    root.replaceChildren(...this.layout.elements);
    const { signal } = this.ended;
    this.store.subscribe((next, before) => this.changed(next, before));
    this.store.onNavigation((wanted) => this.navigate(wanted), signal);
    addEventListener("online", () => this.online(), { signal });
    this.dark.addEventListener("change", () => this.render(), { signal });
    client.onRelease = (release) => this.checkRelease(release);
    for (const what of missing) {
      this.notify(`missing-${what}`, language.texts.missing[what]);
    }
    this.render();
    void this.loadRows();
    void this.loadMap();
    if (view.unit !== null) {
      this.flyNext = view.camera === null;
      void this.loadProfile();
    }
  }

  /** Lets go of the page. */
  stop(): void {
    this.ended.abort();
    this.profiles.forget();
    this.loader.stop();
    this.values.stop();
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.map?.view.remove();
  }

  private get theme(): Theme {
    const { theme } = this.store.view;
    const found = this.catalog.themes.find(({ code }) => code === theme);
    if (!found) {
      throw new Error("a chosen theme is one of the catalog");
    }
    return found;
  }

  private get question(): Question | null {
    const { theme, period } = this.store.view;
    return this.layer && { layer: this.layer.id, theme, period };
  }

  /** The rows, if they answer the present question. */
  private get rows(): Rows | null {
    const [loaded, question] = [this.loader.current, this.question];
    return loaded && question && sameQuestion(loaded.question, question) ? loaded : null;
  }

  private shown(): Shown {
    const { view } = this.store;
    return {
      catalog: this.catalog,
      view,
      theme: this.theme,
      layer: this.layer,
      scale: scaleOf(
        view.measure,
        this.theme.kind,
        this.values.of(view.measure, this.theme.kind, this.rows) ?? NO_VALUES,
      ),
      palette: palette(this.dark.matches),
      language: this.language,
    };
  }

  private pick(change: Partial<View>): void {
    const { view } = this.store;
    const chosen = choose(this.catalog, { ...measureKept(this.catalog, view, change), ...change });
    if (chosen) {
      const unit = chosen.view.layer === view.layer ? view.unit : null;
      this.store.set({ ...chosen.view, unit });
    }
  }

  private navigate(wanted: Partial<View>): void {
    const chosen = choose(this.catalog, wanted);
    if (!chosen || (wanted.audience ?? "public") !== this.catalog.audience) {
      this.events.onRestart({ ...this.store.view, ...wanted });
      return;
    }
    const hadCamera = this.store.view.camera !== null;
    this.store.set(chosen.view, "replace");
    if (chosen.view.camera) {
      this.map?.look(chosen.view.camera);
    } else if (hadCamera && this.layer?.bounds) {
      this.map?.overview(this.layer.bounds);
    }
  }

  private changed(view: View, before: View): void {
    const { texts, format } = this.language;
    const asksElse = (["layer", "theme", "period"] as const).some(
      (name) => view[name] !== before[name],
    );
    if (asksElse) {
      this.layer = shownLayer(this.catalog, view, this.map?.zoom ?? FIRST_ZOOM);
      this.layout.table.toTop();
      void this.loadRows();
    }
    if (asksElse || view.measure !== before.measure) {
      this.values.load(this.layer, this.question, view.measure, this.theme.kind);
      const title = themeTitle(this.language, this.theme);
      const measure = measureTitle(this.language, view.measure, this.theme.kind);
      this.layout.announce(texts.nowShown(title, format.period(view.period), measure));
    }
    if (view.unit !== before.unit) {
      void this.loadProfile();
    }
    this.render();
  }

  private render(): void {
    const shown = this.shown();
    const { rows } = this;
    this.layout.show(shown, rows);
    if (rows?.state === "failed") {
      const retry = { text: this.language.texts.retry, run: () => void this.loader.more() };
      this.notify("rows", explain(rows.error, this.language.texts), retry);
    } else {
      this.layout.notices.hide("rows");
    }
    const profile = this.profiles.current;
    if (profile && profile.id === shown.view.unit) {
      this.layout.details.show(shown, profile);
    }
    void this.showMap(shown);
  }

  /** Rates need the limits of their classes before they can be drawn. */
  private async showMap(shown: Shown): Promise<void> {
    const { view, scale, palette, theme } = shown;
    if (!this.map || this.values.of(view.measure, theme.kind, this.rows) === null) {
      this.layout.mapContainer.removeAttribute("data-idle");
      return;
    }
    const drawing: Drawing = { scale, kind: theme.kind, palette, selected: view.unit };
    const scene = [view.layer, view.theme, view.period].join(" ");
    if (scene === this.drawnScene) {
      this.map.draw(drawing);
      return;
    }
    this.drawnScene = scene;
    this.layout.mapContainer.removeAttribute("data-idle");
    try {
      const tiles = await this.scenes.of(view);
      if (this.drawnScene === scene && !this.ended.signal.aborted) {
        await this.map.show(tiles, drawing);
        this.firstZoom = tiles.units.minzoom;
        this.zoomed();
        this.render();
      }
    } catch (error) {
      this.drawnScene = "";
      const retry = { text: this.language.texts.retry, run: () => this.render() };
      this.notify("tiles", explain(error, this.language.texts), retry);
    }
  }

  private async loadRows(): Promise<void> {
    const { question } = this;
    this.values.load(this.layer, question, this.store.view.measure, this.theme.kind);
    if (question) {
      await this.loader.ask(question, sortby(this.layout.table.order, rateOf(this.shown())));
    }
  }

  private async loadMap(): Promise<void> {
    const { texts } = this.language;
    // The map's library is most of what the page weighs. It comes after the
    // rest, so that the table can be used on a slow connection meanwhile.
    const module = await import("./map/map").catch(() => null);
    if (this.ended.signal.aborted) {
      return;
    }
    if (!module) {
      const retry = { text: texts.retry, run: () => void this.loadMap() };
      this.notify("map", texts.mapNotLoaded, retry);
      return;
    }
    try {
      this.map = new module.UnitMap(
        {
          container: this.layout.mapContainer,
          label: texts.mapLabel,
          bounds: this.layer?.bounds ?? null,
          padding: this.layout.overlay,
          camera: this.store.view.camera,
          headers: () => this.client.headers(),
          reducedMotion: matchMedia("(prefers-reduced-motion: reduce)").matches,
          locale: {
            "NavigationControl.ZoomIn": texts.zoomIn,
            "NavigationControl.ZoomOut": texts.zoomOut,
          },
        },
        {
          onPoint: (pointed) => this.layout.point(this.shown(), pointed),
          onSelect: (pointed) => this.select(pointed?.id ?? null, false),
          onMove: (camera) => {
            this.store.set({ camera }, "replace");
            this.zoomed();
          },
          onIdle: (idle) => {
            this.layout.mapContainer.toggleAttribute("data-idle", idle);
            if (idle) this.layout.notices.hide("tiles");
          },
          onFailure: () => this.tilesFailed(),
        },
      );
    } catch {
      this.notify("map", texts.noMap);
      return;
    }
    this.zoomed();
    this.render();
    if (this.flyNext) {
      this.fly();
    }
  }

  /** Another zoom may show another layer of hexagons, or too many units to draw. */
  private zoomed(): void {
    const { texts } = this.language;
    const { map, firstZoom } = this;
    if (map && map.zoom < firstZoom) {
      const action = { text: texts.zoomIn, run: () => map.zoomTo(firstZoom) };
      this.notify("zoom", texts.tooFar, action);
    } else {
      this.layout.notices.hide("zoom");
    }
    const layer = shownLayer(this.catalog, this.store.view, this.map?.zoom ?? FIRST_ZOOM);
    if (layer?.id !== this.layer?.id) {
      this.layer = layer;
      void this.loadRows();
    }
  }

  /** On a poor connection a second attempt often helps; only then is help asked for. */
  private tilesFailed(): void {
    const { texts } = this.language;
    if (this.retryTimer !== null) {
      return;
    }
    if (this.retries >= RETRIES) {
      const retry = () => {
        this.retries = 0;
        this.map?.reload();
      };
      this.notify("tiles", texts.tilesFailed, { text: texts.retry, run: retry });
      return;
    }
    this.retries += 1;
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      this.map?.reload();
    }, RETRY_AFTER_MS * this.retries);
  }

  /** The connection is back: what failed is asked for again. */
  private online(): void {
    this.retries = 0;
    this.map?.reload();
    if (this.rows?.state === "failed") {
      void this.loader.more();
    }
  }

  private select(unit: string | null, fly: boolean): void {
    if (unit !== null && unit === this.store.view.unit) {
      if (fly) this.fly();
      return;
    }
    this.flyNext = fly;
    this.store.set({ unit });
    if (unit === null) {
      this.layout.announce(this.language.texts.deselected);
    }
  }

  private async loadProfile(): Promise<void> {
    const { unit } = this.store.view;
    const { details, table } = this.layout;
    if (unit === null) {
      this.profiles.forget();
      details.hide();
      return;
    }
    const row = this.rows?.rows.find(({ id }) => id === unit);
    const name = row ? unitName(this.language, row) : unit;
    details.wait(this.shown(), name);
    table.reveal(unit);
    try {
      const profile = await this.profiles.load(this.layerOf(unit), unit);
      if (profile) {
        const shown = this.shown();
        details.show(shown, profile);
        this.layout.announceUnit(shown, profile);
        if (this.flyNext) this.fly();
      }
    } catch (error) {
      details.fail(this.shown(), name, explain(error, this.language.texts));
    }
  }

  /** The layer that a unit is of: hexagons tell their resolution themselves. */
  private layerOf(unit: string): string {
    const { layer } = this.store.view;
    const found =
      layer === HEAT_MAP
        ? this.catalog.layers.find((entry) => entry.h3_resolution === resolutionOf(unit))
        : null;
    return found?.id ?? this.layer?.id ?? layer;
  }

  /** Brings the selected unit into view, as soon as both it and the map are there. */
  private fly(): void {
    const profile = this.profiles.current;
    const bounds = profile?.geometry ? boundsOf(profile.geometry) : null;
    if (!bounds || !profile || !this.map) {
      return;
    }
    this.flyNext = false;
    const { layer, theme, period } = this.store.view;
    const zooms =
      layer === HEAT_MAP ? zoomsOf(this.catalog, theme, period, this.layerOf(profile.id)) : null;
    const closest = CLOSEST[layer.split("@")[0] ?? ""] ?? 12;
    this.map.fit(bounds, zooms ?? { from: 0, to: closest });
  }

  private async plan(): Promise<void> {
    const { texts } = this.language;
    if (!(await this.events.onPlan())) {
      const retry = { text: texts.retry, run: () => void this.plan() };
      this.notify("planner", texts.plannerNotLoaded, retry);
    }
  }

  private async copy(): Promise<void> {
    const { texts } = this.language;
    const copied = await copyText(location.href);
    const message = copied ? texts.linkCopied : texts.linkNotCopied;
    this.layout.notices.pass("copy", message, texts.close);
  }

  private async download(): Promise<void> {
    const { question } = this;
    if (!question) {
      return;
    }
    const { texts } = this.language;
    this.layout.setDownloading(true);
    try {
      const { layer, theme, period } = question;
      const parts = ["safeground", this.catalog.release_id, layer, theme, period];
      const name = parts.join("_").replace(/[^\w.-]+/g, "-");
      saveFile(await this.client.csv(question), `${name}.csv`);
    } catch (error) {
      const retry = { text: texts.retry, run: () => void this.download() };
      this.notify("csv", explain(error, texts), retry);
    } finally {
      this.layout.setDownloading(false);
    }
  }

  private checkRelease(release: string): void {
    if (release !== this.catalog.release_id) {
      const { texts } = this.language;
      const reload = { text: texts.reload, run: () => this.events.onRestart(this.store.view) };
      this.notify("release", texts.newerRelease, reload);
    }
  }

  private notify(kind: string, message: string, action?: { text: string; run(): void }): void {
    this.layout.notices.show(kind, message, this.language.texts.close, action);
  }
}

function sameQuestion(a: Question, b: Question): boolean {
  return a.layer === b.layer && a.theme === b.theme && a.period === b.period;
}
