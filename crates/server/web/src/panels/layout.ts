import type { Rows } from "../api/rows";
import type { Profile } from "../api/types";
import { h } from "../dom";
import { countOf } from "../format/count";
import type { Pointed } from "../map/map";
import type { View } from "../state/view";
import { type Shown, themeTitle, unitName } from "./context";
import { countInWords } from "./count";
import { Details } from "./details";
import { type HeaderEvents, header } from "./header";
import { Legend } from "./legend";
import { Notices } from "./notices";
import type { Order } from "./order";
import { Pickers } from "./pickers";
import { Table } from "./table";
import { Tooltip } from "./tooltip";

/** Below this width the table is a sheet under the map. */
const PHONE = "(max-width: 760px)";

export interface LayoutEvents extends HeaderEvents {
  onPick(change: Partial<View>): void;
  onSelectRow(unit: string): void;
  onOrder(order: Order): void;
  onMore(): void;
  onCsv(): void;
  onClose(): void;
  onZoom(): void;
  onTheme(theme: string): void;
  onRetryProfile(): void;
  onResize(): void;
}

/** The page: header, choices, map with legend, panel with details and table. */
export class Layout {
  readonly elements: HTMLElement[];
  readonly mapContainer: HTMLElement;
  readonly table: Table;
  readonly details: Details;
  readonly notices = new Notices();
  private readonly pickers: Pickers;
  private readonly legend: Legend;
  private readonly tooltip = new Tooltip();
  private readonly live = h("p", { class: "hidden", "aria-live": "polite", id: "live" });
  private readonly tableTitle = h("h2", { class: "table-title" });
  private readonly csv: HTMLButtonElement;
  private readonly sheet: HTMLButtonElement;
  private readonly main: HTMLElement;

  constructor(
    private shown: Shown,
    private readonly events: LayoutEvents,
  ) {
    const { texts } = shown.language;
    this.mapContainer = h("div", { class: "map", id: "map" });
    this.pickers = new Pickers(
      { theme: texts.theme, period: texts.period, layer: texts.areas, measure: texts.measure },
      texts.pickers,
      (change) => events.onPick(change),
    );
    this.legend = new Legend(texts.legend, !matchMedia(PHONE).matches);
    this.details = new Details({
      onClose: () => {
        events.onClose();
        // Where the focus was is gone; the table is where it makes sense.
        this.table.focus();
      },
      onZoom: () => events.onZoom(),
      onTheme: (theme) => events.onTheme(theme),
      onRetry: () => events.onRetryProfile(),
    });
    this.table = new Table(shown, {
      onSelect: (row) => events.onSelectRow(row.id),
      onOrder: (order) => events.onOrder(order),
      onMore: () => events.onMore(),
    });
    this.csv = h("button", { type: "button", class: "button csv" }, texts.downloadCsv, {
      onclick: () => events.onCsv(),
    });
    this.sheet = h(
      "button",
      { type: "button", class: "sheet-handle", "aria-controls": "panel" },
      [],
      {
        onclick: () => this.toggleSheet(),
      },
    );
    const mapArea = h("section", { class: "map-area", "aria-label": texts.mapRegion }, [
      this.mapContainer,
      this.legend.element,
      this.notices.element,
      this.tooltip.element,
    ]);
    const panel = h("section", { class: "panel", id: "panel", "aria-label": texts.table }, [
      this.sheet,
      this.details.element,
      h("div", { class: "table-head" }, [this.tableTitle, this.csv]),
      this.table.element,
    ]);
    this.main = h("main", { class: "main", id: "main", "data-sheet": "half" }, [mapArea, panel]);
    this.elements = [
      h("a", { class: "skip", href: "#filter" }, texts.skipToTable, {
        onclick: (event) => {
          // The part of the address after `#` holds the view, not a target.
          event.preventDefault();
          this.table.focus();
        },
      }),
      header(shown.language, shown.catalog, events),
      ...(shown.catalog.synthetic
        ? [
            h("aside", { class: "synthetic", "aria-label": texts.synthetic }, [
              h("strong", null, texts.synthetic),
              ` ${texts.syntheticLong}`,
            ]),
          ]
        : []),
      this.pickers.element,
      this.main,
      h("footer", { class: "footer" }, [
        h("p", null, texts.neverMerged),
        shown.catalog.attribution === ""
          ? null
          : h("p", { class: "attribution" }, texts.attribution(shown.catalog.attribution)),
      ]),
      this.live,
    ];
    this.labelSheet();
  }

  /** How much of the map the legend covers: at the left, or folded at the bottom. */
  get overlay(): { left: number; bottom: number } {
    const { offsetWidth, offsetHeight, open } = this.legend.element;
    const beside = open && this.mapContainer.clientWidth > 2 * offsetWidth;
    return { left: beside ? offsetWidth : 0, bottom: open ? 0 : offsetHeight };
  }

  show(shown: Shown, rows: Rows | null): void {
    this.shown = shown;
    const complete = rows?.state === "complete";
    const { texts } = shown.language;
    this.pickers.show(shown);
    this.legend.show(shown, rows?.rows ?? [], complete);
    this.table.show(shown, rows);
    this.tableTitle.textContent = shown.layer?.title ?? texts.table;
    document.title = [
      themeTitle(shown.language, shown.theme),
      shown.language.format.period(shown.view.period),
      texts.title,
    ].join(" · ");
  }

  /** Shows what the pointer is over. */
  point(shown: Shown, pointed: Pointed | null): void {
    // A finger has no place to rest without touching; the details are for it.
    if (pointed && matchMedia("(hover: hover)").matches) {
      this.tooltip.show(shown, pointed);
    } else {
      this.tooltip.hide();
    }
  }

  /** Tells those who listen to the page. */
  announce(text: string): void {
    this.live.textContent = text;
  }

  announceUnit({ view, language, theme }: Shown, { properties }: Profile): void {
    const { texts, format } = language;
    const row = properties.measures.find(
      (entry) => entry.theme === view.theme && entry.period === view.period,
    );
    const count = row ? countOf(row) : null;
    const rate = row?.rate ?? row?.eb_rate ?? null;
    const parts =
      row?.status === "available"
        ? [
            row.gi_class === null ? null : texts.classes[row.gi_class],
            rate === null ? null : `${format.rate(rate)} ${theme.unit}`,
            count === null ? null : `${texts.number}: ${countInWords(language, count)}`,
          ]
        : [row ? texts.statuses[row.status] : texts.notInLayer];
    const text = parts.filter((part) => part !== null).join(", ");
    this.announce(texts.selected(unitName(language, properties), text));
  }

  setDownloading(busy: boolean): void {
    const { texts } = this.shown.language;
    this.csv.disabled = busy;
    this.csv.textContent = busy ? texts.downloading : texts.downloadCsv;
  }

  private toggleSheet(): void {
    const next: Record<string, string> = { half: "full", full: "low", low: "half" };
    this.main.dataset["sheet"] = next[this.main.dataset["sheet"] ?? "half"] ?? "half";
    this.labelSheet();
    this.events.onResize();
  }

  private labelSheet(): void {
    const { texts } = this.shown.language;
    const state = this.main.dataset["sheet"];
    this.sheet.setAttribute("aria-expanded", String(state !== "low"));
    this.sheet.setAttribute(
      "aria-label",
      state === "low" ? texts.showTable : state === "half" ? texts.wholeTable : texts.showMap,
    );
  }
}
