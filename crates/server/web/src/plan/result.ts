import { h } from "../dom";
import { curve, oneMoreTeam, teamMore } from "./curve";
import { drawMark, markOf } from "./marks";
import { COLUMNS, type Column, ordered, type PlanRow, rowsOf } from "./rows";
import type { PlanDocument, PlanFile, PlanView, PlanWords } from "./types";
import {
  clock,
  days,
  figure,
  firmness,
  gap,
  inHouseholds,
  named,
  people,
  reached,
  type Spoken,
} from "./words";

/** Rows shown before all are asked for. */
const FIRST_ROWS = 200;
/** Near misses shown. */
const MOST_LEFT_OUT = 30;

export interface ResultEvents {
  onSelect(id: string): void;
  /** A day whose routes are to be drawn; all days if `null`. */
  onDay(date: string | null): void;
  /** A village was put on a list, or taken off both. */
  onList(id: string, list: "musts" | "must_nots" | null): void;
  onAgain(): void;
  onFile(file: PlanFile, lang: string | null): Promise<void>;
}

/** A plan with what is needed to show it. */
export interface Shown {
  document: PlanDocument;
  words: PlanWords | null;
  files: PlanFile[];
  names: ReadonlyMap<string, string>;
  dark: boolean;
}

/** A plan: summary, files, villages with reasons, what was left out. */
export class Result {
  readonly element = h("section", { class: "plan-result", tabindex: -1 });
  rows: PlanRow[] = [];
  private shown: Shown | null = null;
  private column: Column = "benefit";
  private down = true;
  private all = false;
  private selected: string | null = null;
  private readonly table = h("div");
  private readonly why = h("section", { class: "plan-why", hidden: true });
  private readonly stale = h("div", { class: "notice card plan-stale", hidden: true });

  constructor(
    private readonly spoken: Spoken,
    private readonly events: ResultEvents,
  ) {}

  /** Shows a finished plan. */
  show(view: PlanView, names: ReadonlyMap<string, string>, dark: boolean): void {
    const { document, words, files } = view;
    if (!document) return;
    const { plan } = this.spoken;
    const known = new Map(names);
    for (const { place_id, name } of [...document.villages, ...document.left_out]) {
      known.set(place_id, name);
    }
    this.shown = { document, words: words ?? null, files: files ?? [], names: known, dark };
    this.rows = rowsOf(document);
    this.selected = null;
    this.all = false;
    this.why.hidden = true;
    this.stale.hidden = true;
    this.stale.replaceChildren(
      h("p", null, plan.changed),
      h("button", { type: "button", class: "button button-main" }, plan.planAgain, {
        onclick: () => this.events.onAgain(),
      }),
    );
    this.element.setAttribute("aria-label", plan.result);
    this.element.replaceChildren(
      h("h2", null, document.title || document.area.name),
      this.stale,
      this.summary(document, words ?? null),
      h("p", { class: "note plan-honest" }, plan.honest),
      this.downloads(files ?? []),
      this.days(document),
      this.legend(document),
      h("h3", null, plan.villages),
      h("p", { class: "note" }, plan.villagesHint),
      this.table,
      this.why,
      this.unscheduled(document),
      this.more(document),
      this.leftOut(document),
    );
    this.writeTable();
  }

  /** Says that the request was changed since. */
  setStale(stale: boolean): void {
    this.stale.hidden = !stale;
  }

  /** The names of everything that is shown. */
  get names(): ReadonlyMap<string, string> {
    return this.shown?.names ?? new Map();
  }

  /** Tells why a village is in the plan. */
  select(id: string, focus: boolean): void {
    const row = this.rows.find(({ village }) => village.place_id === id);
    if (!row || !this.shown) return;
    this.selected = id;
    this.writeTable();
    this.writeWhy(row);
    if (focus) {
      this.why.querySelector<HTMLElement>("h3")?.focus({ preventScroll: true });
      this.why.scrollIntoView({ block: "nearest" });
    }
  }

  private summary(document: PlanDocument, words: PlanWords | null): HTMLElement {
    const { plan, format } = this.spoken;
    const { summary, asked } = document;
    const given =
      summary.benefit_without_exploration === null
        ? null
        : Math.max(summary.benefit_without_exploration - summary.benefit, 0);
    const learning = inHouseholds(document) ? plan.learningHouseholds : plan.learning;
    const lines = [
      words?.objective ?? null,
      reached(this.spoken, document),
      people(this.spoken, document),
      gap(this.spoken, document),
      plan.cost(format.rate(summary.team_days), format.rate(asked.budget_team_days)),
      asked.lower_bound ? plan.lowerCounted : null,
      given === null ? null : learning(format.rate(given)),
      words?.verdict ?? null,
    ];
    return h(
      "ul",
      { class: "plan-summary" },
      lines.map((line) => line && h("li", null, line)),
    );
  }

  private downloads(files: PlanFile[]): HTMLElement {
    const { plan, code } = this.spoken;
    const languages = [...new Set(files.flatMap((file) => file.languages))];
    const names: Record<string, string> = { en: "English", hi: "हिन्दी" };
    const choice = h(
      "select",
      { id: "plan-file-language" },
      languages.map((value) => h("option", { value, lang: value }, names[value] ?? value)),
    );
    choice.value = languages.includes(code) ? code : (languages[0] ?? "");
    const buttons = files.map((file) => {
      const button = h(
        "button",
        { type: "button", class: "link", "data-file": file.name },
        plan.files[file.name] ?? file.name,
        {
          onclick: () => {
            button.disabled = true;
            const lang = file.languages.length > 0 ? choice.value : null;
            void this.events.onFile(file, lang).finally(() => {
              button.disabled = false;
            });
          },
        },
      );
      return h("li", null, button);
    });
    return h("details", { class: "plan-files" }, [
      h("summary", null, plan.downloads),
      languages.length === 0
        ? null
        : h("div", { class: "plan-field" }, [
            h("label", { for: "plan-file-language" }, plan.fileLanguage),
            choice,
          ]),
      h("ul", null, buttons),
    ]);
  }

  private days(document: PlanDocument): HTMLElement {
    const { plan, format } = this.spoken;
    const dates = [...new Set(document.routes.map(({ date }) => date))].sort();
    const select = h(
      "select",
      { id: "plan-day" },
      [
        h("option", { value: "" }, plan.allDays),
        ...dates.map((date) => h("option", { value: date }, format.day(date))),
      ],
      {
        onchange: () => {
          const date = select.value === "" ? null : select.value;
          list.replaceChildren(...(date === null ? [] : this.routesOf(document, date)));
          this.events.onDay(date);
        },
      },
    );
    const list = h("ul", { class: "plan-routes" });
    return h("div", { class: "plan-field" }, [
      h("label", { for: "plan-day" }, plan.day),
      select,
      list,
    ]);
  }

  private routesOf(document: PlanDocument, date: string): HTMLElement[] {
    const { format } = this.spoken;
    const routes = document.routes.filter((route) => route.date === date);
    return routes.map((route) => {
      const team = document.asked.teams.findIndex(({ id }) => id === route.team_id);
      const stops = route.visits
        .map((visit) => `${clock(visit.arrival_minute)} ${this.name(visit.place_id)}`)
        .join(" → ");
      const hours = `${clock(route.departure_minute)}–${clock(route.return_minute)}`;
      return h("li", null, [
        this.swatch(team),
        h("strong", null, document.asked.teams[team]?.label ?? route.team_id),
        ` ${hours}, ${format.rate(route.km)} km: ${stops}`,
      ]);
    });
  }

  private legend(document: PlanDocument): HTMLElement {
    const { plan } = this.spoken;
    return h("div", { class: "plan-legend" }, [
      h("h3", null, plan.teamsOnMap),
      h("ul", { class: "chips" }, [
        ...document.asked.teams.map(({ label }, team) =>
          h("li", { class: "chip" }, [this.swatch(team), h("span", null, label)]),
        ),
        this.rows.some(({ team }) => team === null) &&
          h("li", { class: "chip" }, [
            h("span", { class: "plan-ring", "aria-hidden": "true" }),
            h("span", null, plan.unassigned),
          ]),
      ]),
      h("p", { class: "note" }, plan.sizeNote),
    ]);
  }

  private swatch(team: number): HTMLElement {
    const canvas = h("canvas", {
      class: "plan-mark",
      width: 36,
      height: 36,
      "aria-hidden": "true",
    });
    const context = canvas.getContext("2d");
    const dark = this.shown?.dark ?? false;
    if (context && team >= 0)
      drawMark(context, 36, markOf(team, dark), dark ? "#0b1216" : "#ffffff");
    return canvas;
  }

  private writeTable(): void {
    const { shown } = this;
    if (!shown) return;
    const { plan, format, code } = this.spoken;
    const collator = new Intl.Collator(code, { numeric: true });
    const sorted = ordered(this.rows, this.column, this.down, collator);
    const rows = this.all ? sorted : sorted.slice(0, FIRST_ROWS);
    const households = this.shown !== null && inHouseholds(this.shown.document);
    const heads = COLUMNS.map((column) => {
      const text =
        column === "benefit" && households ? plan.benefitHouseholds : plan.columns[column];
      const sort = column !== this.column ? null : this.down ? "descending" : "ascending";
      return h("th", { scope: "col", "aria-sort": sort }, [
        h("button", { type: "button", class: "plan-sort", title: plan.sortBy(text) }, text, {
          onclick: () => {
            this.down = column === this.column ? !this.down : column === "benefit";
            this.column = column;
            this.writeTable();
            this.table.querySelectorAll("button")[COLUMNS.indexOf(column)]?.focus();
          },
        }),
      ]);
    });
    const focused = (document.activeElement as HTMLElement | null)?.dataset["village"];
    const body = rows.map((row) => {
      const { village, team, dates } = row;
      const label = team === null ? plan.noDay : (shown.document.asked.teams[team]?.label ?? "");
      const cells = [
        [team === null ? null : this.swatch(team), label],
        days(this.spoken, dates),
        figure(this.spoken, village.benefit),
        firmness(this.spoken, village.selection_probability),
        figure(this.spoken, village.population),
        figure(this.spoken, village.households),
        village.last_visit === null ? plan.noVisit : format.period(village.last_visit),
        village.base_distance_km === null ? "–" : format.rate(village.base_distance_km),
        `${Math.round(village.remaining_share * 100)} %`,
      ];
      const current = village.place_id === this.selected;
      return h("tr", { class: current ? "plan-current" : null }, [
        h("th", { scope: "row" }, [
          h(
            "button",
            {
              type: "button",
              class: "link",
              "data-village": village.place_id,
              "aria-pressed": String(current),
            },
            village.name,
            { onclick: () => this.events.onSelect(village.place_id) },
          ),
          h("span", { class: "unit-parent" }, ` ${village.block}`),
        ]),
        ...cells.map((cell) => h("td", null, cell)),
      ]);
    });
    const old = this.table.querySelector(".plan-scroll");
    const [left, top] = [old?.scrollLeft ?? 0, old?.scrollTop ?? 0];
    const scroll = h(
      "div",
      { class: "plan-scroll", tabindex: 0, role: "group", "aria-label": plan.villages },
      h("table", { class: "plan-table plan-villages" }, [
        h("thead", null, h("tr", null, heads)),
        h("tbody", null, body),
      ]),
    );
    this.table.replaceChildren(
      scroll,
      ...(rows.length < sorted.length
        ? [
            h(
              "button",
              { type: "button", class: "button" },
              plan.showAll(format.integer(sorted.length)),
              {
                onclick: () => {
                  this.all = true;
                  this.writeTable();
                },
              },
            ),
          ]
        : []),
    );
    scroll.scrollLeft = left;
    scroll.scrollTop = top;
    if (focused !== undefined) {
      const button = [...this.table.querySelectorAll<HTMLElement>("[data-village]")].find(
        ({ dataset }) => dataset["village"] === focused,
      );
      button?.focus({ preventScroll: true });
    }
  }

  private writeWhy({ village, number }: PlanRow): void {
    const { shown } = this;
    if (!shown) return;
    const { plan } = this.spoken;
    const reasons = shown.words?.reasons[number] ?? [];
    const lists: ["musts" | "must_nots" | null, string][] = [
      ["musts", plan.must],
      ["must_nots", plan.mustNot],
      [null, plan.either],
    ];
    const parts = village.scores.map((part) => {
      const of =
        part.source === "published"
          ? plan.publishedBy
          : part.from_place === null
            ? plan.ownRate
            : plan.rateOf(part.from_place);
      const title = plan.measures[part.measure] ?? part.measure;
      const theme = part.theme ? (this.spoken.texts.themes[part.theme] ?? part.theme) : "";
      return h("tr", null, [
        h("th", { scope: "row" }, theme === "" ? title : `${title}: ${theme.replaceAll("_", " ")}`),
        h("td", null, figure(this.spoken, part.figure)),
        h("td", null, of),
      ]);
    });
    this.why.hidden = false;
    this.why.setAttribute("aria-label", `${plan.why}: ${village.name}`);
    this.why.replaceChildren(
      h("h3", { tabindex: -1 }, `${plan.why}: ${village.name}`),
      h("p", { class: "unit-parent" }, `${village.block}, ${village.district}`),
      h(
        "ul",
        { class: "plan-reasons" },
        reasons.map((reason) => h("li", null, named(reason, shown.names))),
      ),
      h("h4", null, plan.rates),
      h("div", { class: "plan-scroll", tabindex: 0, role: "group", "aria-label": plan.rates }, [
        h("table", { class: "plan-table" }, h("tbody", null, parts)),
      ]),
      h("p", { class: "note" }, plan.notProven),
      h(
        "div",
        { class: "buttons" },
        lists.map(([list, text]) =>
          h("button", { type: "button", class: "button" }, text, {
            onclick: () => this.events.onList(village.place_id, list),
          }),
        ),
      ),
    );
  }

  private unscheduled(document: PlanDocument): HTMLElement {
    const { plan, format } = this.spoken;
    const sentences = this.shown?.words?.unscheduled ?? [];
    const items = document.unscheduled.map(({ place_id, households }, number) =>
      h("li", null, [
        h("strong", null, plan.unscheduledOf(this.name(place_id), format.integer(households))),
        " ",
        named((sentences[number] ?? []).join(" "), this.names),
      ]),
    );
    return h("section", { "aria-label": plan.unscheduled }, [
      h("h3", null, plan.unscheduled),
      items.length === 0
        ? h("p", { class: "note" }, plan.allFit)
        : h("ul", { class: "plan-reasons" }, items),
    ]);
  }

  private more(document: PlanDocument): HTMLElement {
    const { plan, format } = this.spoken;
    const { curve: points, asked, summary } = document;
    const pair = teamMore(points, asked.teams.length);
    const gained =
      summary.benefit_unit === "kilometres" ? null : oneMoreTeam(points, asked.teams.length);
    const adds = inHouseholds(document) ? plan.oneMoreTeamHouseholds : plan.oneMoreTeam;
    return h("section", { "aria-label": plan.curve }, [
      h("h3", null, plan.curve),
      gained === null ? null : h("p", null, adds(format.rate(gained))),
      curve(this.spoken, points, pair?.now.budget_team_days ?? asked.budget_team_days),
    ]);
  }

  private leftOut(document: PlanDocument): HTMLElement {
    const { plan, format } = this.spoken;
    const sentences = this.shown?.words?.left_out ?? [];
    const rows = document.left_out
      .slice(0, MOST_LEFT_OUT)
      .map((left, number) =>
        h("tr", null, [
          h("th", { scope: "row" }, [
            left.name,
            h("span", { class: "unit-parent" }, ` ${left.block}`),
          ]),
          h("td", null, left.marginal_benefit === null ? "–" : format.rate(left.marginal_benefit)),
          h("td", null, format.rate(left.team_days)),
          h("td", { class: "plan-sentence" }, named(sentences[number] ?? "", this.names)),
          h(
            "td",
            null,
            h(
              "button",
              { type: "button", class: "button", "aria-label": plan.demand(left.name) },
              plan.must,
              { onclick: () => this.events.onList(left.place_id, "musts") },
            ),
          ),
        ]),
      );
    const head = (text: string) => h("th", { scope: "col" }, text);
    return h("section", { "aria-label": plan.leftOut }, [
      h("h3", null, plan.leftOut),
      rows.length === 0 ? h("p", { class: "note" }, plan.nobodyLeftOut) : null,
      rows.length === 0 ? null : h("p", { class: "note" }, plan.leftOutHint),
      rows.length === 0
        ? null
        : h(
            "div",
            { class: "plan-scroll", tabindex: 0, role: "group", "aria-label": plan.leftOut },
            [
              h("table", { class: "plan-table" }, [
                h("thead", null, [
                  h("tr", null, [
                    head(plan.columns.village),
                    head(plan.adds),
                    head(plan.teamDays),
                    head(plan.reason),
                    h("td"),
                  ]),
                ]),
                h("tbody", null, rows),
              ]),
            ],
          ),
      ...this.unplannable(document),
    ]);
  }

  /** Villages that no plan could hold, closed until they are asked for. */
  private unplannable(document: PlanDocument): HTMLElement[] {
    const { plan, format } = this.spoken;
    if (document.unplannable_villages === 0) return [];
    const sentences = this.shown?.words?.unplannable ?? [];
    const rows = document.unplannable
      .slice(0, MOST_LEFT_OUT)
      .map((village, number) =>
        h("tr", null, [
          h("th", { scope: "row" }, [
            village.name,
            h("span", { class: "unit-parent" }, ` ${village.block}`),
          ]),
          h("td", { class: "plan-sentence" }, sentences[number] ?? ""),
        ]),
      );
    const title = plan.unplannable(format.integer(document.unplannable_villages));
    const head = (text: string) => h("th", { scope: "col" }, text);
    return [
      h("details", { class: "plan-unplannable" }, [
        h("summary", null, title),
        h("div", { class: "plan-scroll", tabindex: 0, role: "group", "aria-label": title }, [
          h("table", { class: "plan-table" }, [
            h("thead", null, [
              h("tr", null, [head(plan.columns.village), head(plan.unplannableReason)]),
            ]),
            h("tbody", null, rows),
          ]),
        ]),
      ]),
    ];
  }

  private name(id: string): string {
    return this.names.get(id) ?? id;
  }
}
