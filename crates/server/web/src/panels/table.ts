import type { Rows } from "../api/rows";
import type { Row } from "../api/types";
import { h } from "../dom";
import { cellsOf, columnsOf, headOf, rateOf } from "./cells";
import type { Shown } from "./context";
import { type Column, FIRST_ORDER, matching, type Order, orderAfterClick, sorted } from "./order";

/** Height of a row in CSS pixels; the style sheet gives rows the same. */
const ROW_HEIGHT = 46;
/** Rows that are kept above and below those in sight. */
const MARGIN = 8;

export interface TableEvents {
  onSelect(row: Row): void;
  /** The order changed while not all rows are loaded, so the server has to sort. */
  onOrder(order: Order): void;
  onMore(): void;
}

/**
 * The units as a table. Only the rows in sight are elements, so that layers of
 * thousands of units stay quick. It is one stop of the tab key; the arrow keys
 * move within it, and Enter selects.
 */
export class Table {
  readonly element: HTMLElement;
  order: Order = FIRST_ORDER;
  private readonly head = h("tr", { role: "row", "aria-rowindex": 1 });
  private readonly body = h("tbody", { role: "rowgroup" });
  private readonly grid: HTMLTableElement;
  private readonly scroller: HTMLElement;
  private readonly filter: HTMLInputElement;
  private readonly status = h("p", { class: "table-status", role: "status" });
  private readonly more: HTMLButtonElement;
  private readonly note = h("p", { class: "note", hidden: true });
  private shown: Shown | null = null;
  private loaded: Rows | null = null;
  private rows: Row[] = [];
  private active = 0;
  private drawn: { from: number; to: number } | null = null;

  constructor(
    shown: Shown,
    private readonly events: TableEvents,
  ) {
    const { texts } = shown.language;
    this.grid = h("table", { role: "grid", "aria-label": texts.table }, [
      h("thead", { role: "rowgroup" }, this.head),
      this.body,
    ]);
    this.scroller = h("div", { class: "table-scroll" }, this.grid, {
      onscroll: () => this.draw(),
    });
    this.filter = h(
      "input",
      { type: "search", id: "filter", placeholder: texts.filterHint, autocomplete: "off" },
      [],
      { oninput: () => this.arrange(true) },
    );
    this.more = h("button", { type: "button", class: "button", hidden: true }, texts.loadMore, {
      onclick: () => this.events.onMore(),
    });
    this.element = h("div", { class: "table" }, [
      h("div", { class: "table-tools" }, [
        h("label", { for: "filter", class: "hidden" }, texts.filter),
        this.filter,
        this.status,
      ]),
      this.note,
      this.scroller,
      this.more,
    ]);
    this.body.addEventListener("click", (event) => this.click(event));
    this.body.addEventListener("keydown", (event) => this.key(event));
    new ResizeObserver(() => this.draw()).observe(this.scroller);
  }

  /** Shows rows, coloured and labelled as the view says. */
  show(shown: Shown, loaded: Rows | null): void {
    this.shown = shown;
    this.loaded = loaded;
    this.writeHead();
    this.arrange(false);
  }

  /** Brings the selected unit into sight. */
  reveal(unit: string): void {
    const position = this.rows.findIndex(({ id }) => id === unit);
    if (position >= 0) {
      this.active = position;
      this.scrollTo(position);
    }
    this.drawn = null;
    this.draw();
  }

  /** Begins at the first row again with the next rows. */
  toTop(): void {
    this.scroller.scrollTop = 0;
    this.active = 0;
  }

  /** Moves the focus to the row that the arrow keys move from. */
  focus(): void {
    const row = this.body.querySelector<HTMLElement>('[tabindex="0"]');
    (row ?? this.filter).focus();
  }

  private get complete(): boolean {
    return this.loaded?.state === "complete";
  }

  private arrange(toTop: boolean): void {
    const { shown, loaded } = this;
    if (!shown) {
      return;
    }
    const { texts, format, code } = shown.language;
    const all = loaded?.rows ?? [];
    const found = matching(all, this.filter.value);
    this.rows = sorted(
      found,
      this.order,
      rateOf(shown),
      new Intl.Collator(code, { numeric: true }),
    );
    const selected = this.rows.findIndex(({ id }) => id === shown.view.unit);
    if (toTop) {
      this.active = Math.max(selected, 0);
      this.scroller.scrollTop = 0;
      if (selected >= 0) this.scrollTo(selected);
    }
    this.active = Math.min(this.active, Math.max(this.rows.length - 1, 0));
    const failed = loaded?.state === "failed";
    const total = loaded?.total ?? 0;
    this.status.textContent =
      loaded === null || (loaded.state === "loading" && all.length === 0)
        ? texts.loading
        : all.length === 0
          ? failed
            ? ""
            : texts.noUnits
          : found.length === 0
            ? texts.noMatch
            : texts.rowsShown(format.integer(found.length), format.integer(total));
    this.more.hidden = loaded?.state !== "paused";
    this.note.textContent = texts.filterPartial;
    this.note.hidden = this.filter.value === "" || this.complete || loaded === null;
    this.grid.setAttribute("aria-rowcount", String(this.rows.length + 1));
    this.grid.setAttribute("aria-busy", String(loaded?.state === "loading"));
    this.element.toggleAttribute("data-complete", this.complete);
    this.drawn = null;
    this.draw();
  }

  private writeHead(): void {
    const { shown } = this;
    if (!shown) {
      return;
    }
    const { texts } = shown.language;
    const focused = this.head.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset["column"]
      : null;
    const cells = columnsOf(shown).map((column) => {
      const current = this.order.column === column;
      const label = headOf(shown, column);
      const direction = this.order.descending ? "descending" : "ascending";
      return h(
        "th",
        {
          role: "columnheader",
          scope: "col",
          class: `cell-${column}`,
          "aria-sort": current ? direction : "none",
        },
        h(
          "button",
          { type: "button", class: "sort", "data-column": column, title: texts.sortBy(label) },
          [label, h("span", { class: "sort-mark", "aria-hidden": "true" })],
          { onclick: () => this.sort(column) },
        ),
      );
    });
    this.head.replaceChildren(...cells);
    if (focused) {
      this.head.querySelector<HTMLElement>(`[data-column="${focused}"]`)?.focus();
    }
  }

  private sort(column: Column): void {
    this.order = orderAfterClick(this.order, column);
    this.writeHead();
    if (this.complete) {
      this.arrange(true);
    } else {
      this.events.onOrder(this.order);
    }
  }

  private draw(): void {
    const { shown } = this;
    if (!shown) {
      return;
    }
    const visible = Math.ceil(this.scroller.clientHeight / ROW_HEIGHT) + 1;
    const first = Math.floor(this.scroller.scrollTop / ROW_HEIGHT);
    const from = Math.max(0, first - MARGIN);
    const to = Math.min(this.rows.length, first + visible + MARGIN);
    if (this.drawn?.from === from && this.drawn.to === to) {
      return;
    }
    this.drawn = { from, to };
    const hadFocus = this.body.contains(document.activeElement);
    const width = columnsOf(shown).length;
    const space = (rows: number) => {
      if (rows <= 0) {
        return null;
      }
      const cell = h("td", { colspan: width, class: "space" });
      cell.style.height = `${rows * ROW_HEIGHT}px`;
      return h("tr", { "aria-hidden": "true", role: "presentation" }, cell);
    };
    const rows = this.rows.slice(from, to).map((row, offset) => {
      const position = from + offset;
      const selected = row.id === shown.view.unit;
      return h(
        "tr",
        {
          role: "row",
          "aria-rowindex": position + 2,
          "aria-selected": String(selected),
          "data-unit": row.id,
          "data-position": position,
          tabindex: position === this.active ? 0 : -1,
        },
        cellsOf(shown, row),
      );
    });
    const parts = [space(from), ...rows, space(this.rows.length - to)];
    this.body.replaceChildren(...parts.filter((part) => part !== null));
    if (hadFocus) {
      this.focusActive();
    } else if (!this.body.querySelector('[tabindex="0"]')) {
      // The active row is out of sight: the first in sight takes its place,
      // so that the table can always be reached.
      const row = this.body.querySelector<HTMLElement>(`[data-position="${first}"]`);
      if (row) {
        row.tabIndex = 0;
        this.active = first;
      }
    }
  }

  private click(event: MouseEvent): void {
    const row = (event.target as Element).closest<HTMLElement>("[data-position]");
    if (row) {
      this.activate(Number(row.dataset["position"]), true);
    }
  }

  private key(event: KeyboardEvent): void {
    const page = Math.max(1, Math.floor(this.scroller.clientHeight / ROW_HEIGHT) - 2);
    const steps: Record<string, number> = {
      ArrowDown: this.active + 1,
      ArrowUp: this.active - 1,
      PageDown: this.active + page,
      PageUp: this.active - page,
      Home: 0,
      End: this.rows.length - 1,
    };
    const target = steps[event.key];
    if (target !== undefined) {
      event.preventDefault();
      this.activate(Math.min(Math.max(target, 0), this.rows.length - 1), false);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.activate(this.active, true);
    }
  }

  private activate(position: number, select: boolean): void {
    const row = this.rows[position];
    if (!row) {
      return;
    }
    this.active = position;
    this.scrollTo(position);
    this.drawn = null;
    this.draw();
    this.focusActive();
    if (select) {
      this.events.onSelect(row);
    }
  }

  private focusActive(): void {
    const row = this.body.querySelector<HTMLElement>(`[data-position="${this.active}"]`);
    row?.focus({ preventScroll: true });
  }

  private scrollTo(position: number): void {
    const head = this.head.offsetHeight;
    const top = position * ROW_HEIGHT;
    const height = this.scroller.clientHeight - head;
    if (top < this.scroller.scrollTop) {
      this.scroller.scrollTop = top;
    } else if (top + ROW_HEIGHT > this.scroller.scrollTop + height) {
      this.scroller.scrollTop = top + ROW_HEIGHT - height;
    }
  }
}
