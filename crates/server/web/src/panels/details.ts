import { KINDS, type Measures, type Profile } from "../api/types";
import { h } from "../dom";
import type { Nothing } from "../scale/palette";
import { datum } from "./cells";
import { rawTitle, type Shown, themeTitle, unitName } from "./context";
import { countElements } from "./count";
import { colourSwatch, patternSwatch } from "./swatch";
import { trend } from "./trend";

export interface DetailsEvents {
  onClose(): void;
  onZoom(): void;
  onTheme(theme: string): void;
  onRetry(): void;
}

type Measured = Profile["properties"]["measures"][number];

/** What is known of the selected unit, for the chosen theme and beside it. */
export class Details {
  readonly element = h("section", { class: "details card", hidden: true, tabindex: -1 });

  constructor(private readonly events: DetailsEvents) {}

  hide(): void {
    this.element.hidden = true;
    this.element.replaceChildren();
  }

  /** While the profile is on its way. */
  wait(shown: Shown, name: string): void {
    const { texts } = shown.language;
    this.put(shown, name, null, [h("p", { class: "note", "aria-busy": "true" }, texts.loading)]);
  }

  /** When it did not come. */
  fail(shown: Shown, name: string, message: string): void {
    const { texts } = shown.language;
    const retry = h("button", { type: "button", class: "button" }, texts.retry, {
      onclick: () => this.events.onRetry(),
    });
    this.put(shown, name, null, [h("p", { class: "failure" }, message), retry]);
  }

  show(shown: Shown, profile: Profile): void {
    const { properties } = profile;
    const { view, language } = shown;
    const all = properties.measures;
    const current = all.find(({ theme, period }) => theme === view.theme && period === view.period);
    this.put(shown, unitName(language, properties), properties.parent_name, [
      ...(current ? this.current(shown, current) : []),
      this.overTime(shown, all),
      this.beside(shown, all),
      this.about(shown, properties),
    ]);
  }

  private put(
    shown: Shown,
    name: string,
    parent: string | null,
    content: (HTMLElement | null)[],
  ): void {
    const { texts } = shown.language;
    const button = (text: string, icon: string, action: () => void) =>
      h("button", { type: "button", class: `icon ${icon}`, "aria-label": text, title: text }, [], {
        onclick: action,
      });
    this.element.setAttribute("aria-label", texts.details);
    this.element.replaceChildren(
      h("header", { class: "details-head" }, [
        h("div", null, [
          h("h2", null, name),
          parent === null ? null : h("p", { class: "unit-parent" }, parent),
        ]),
        button(texts.zoomTo, "icon-zoom", () => this.events.onZoom()),
        button(texts.close, "icon-close", () => this.events.onClose()),
      ]),
      ...content.filter((part) => part !== null),
    );
    this.element.hidden = false;
  }

  private current(shown: Shown, measures: Measured): HTMLElement[] {
    const { theme, palette, language } = shown;
    const { texts, format } = language;
    const { status } = measures;
    if (status !== "available") {
      return [
        h("p", { class: "badge" }, [
          patternSwatch(status as Nothing, palette),
          texts.statuses[status],
        ]),
        h("p", null, texts.statusMeanings[status]),
      ];
    }
    const badge =
      measures.gi_class === null
        ? []
        : [
            h("p", { class: "badge" }, [
              colourSwatch(palette.classes[measures.gi_class]),
              texts.classes[measures.gi_class],
            ]),
          ];
    const rate = (value: number) => format.rate(value);
    const line = (term: string, name: keyof Measures, ...parts: (HTMLElement | null)[]) =>
      parts[0] ? [h("dt", null, term), h("dd", { "data-measure": name }, parts)] : [];
    const interval = (low: number | null, high: number | null) =>
      low === null || high === null
        ? null
        : h("span", { class: "interval" }, texts.intervalOf(rate(low), rate(high)));
    const exposed = measures.exposure;
    return [
      ...badge,
      h("dl", { class: "figures" }, [
        ...line(
          texts.ebRate,
          "eb_rate",
          datum(measures.eb_rate, rate),
          interval(measures.eb_low, measures.eb_high),
        ),
        ...line(
          rawTitle(language, theme.kind),
          "rate",
          datum(measures.rate, rate),
          interval(measures.rate_low, measures.rate_high),
        ),
        ...line(texts.numberOf, "count", ...countElements(language, measures)),
        ...line(
          texts.exposure,
          "exposure",
          datum(exposed, (n) => format.integer(Math.round(n))),
          theme.denominator === null ? null : h("span", { class: "interval" }, theme.denominator),
        ),
        ...line(
          texts.qValue,
          "gi_q",
          datum(measures.gi_q, (n) => format.q(n)),
        ),
        ...line(
          texts.zValue,
          "gi_z",
          datum(measures.gi_z, (n) => format.z(n)),
        ),
        ...line(
          texts.neighbours,
          "neighbours",
          datum(measures.neighbours, (n) => format.integer(n)),
        ),
      ]),
      h("p", { class: "note" }, `${theme.unit}; ${texts.interval}`),
      ...this.score(shown, measures),
    ];
  }

  /** The score never stands without its parts, its interval and its rank's. */
  private score({ language }: Shown, measures: Measured): HTMLElement[] {
    const { texts, format } = language;
    const { score, score_low, score_high, rank, rank_low, rank_high } = measures;
    if (score === null) {
      return [];
    }
    const bar = (value: number, low: number | null, high: number | null) => {
      const fill = h("span", { class: "bar-fill" });
      fill.style.width = `${value}%`;
      const whisker = low === null || high === null ? null : h("span", { class: "bar-interval" });
      if (whisker && low !== null && high !== null) {
        whisker.style.left = `${low}%`;
        whisker.style.width = `${high - low}%`;
      }
      return h("span", { class: "bar", "aria-hidden": "true" }, [fill, whisker]);
    };
    const line = (
      term: string,
      name: keyof Measures,
      value: number | null,
      low: number | null = null,
      high: number | null = null,
    ) =>
      value === null
        ? null
        : h("div", { class: "score-line" }, [
            h("dt", null, term),
            h("dd", { "data-measure": name }, [
              datum(value, (n) => format.score(n)),
              low === null || high === null
                ? null
                : h(
                    "span",
                    { class: "interval" },
                    texts.intervalOf(format.score(low), format.score(high)),
                  ),
              bar(value, low, high),
            ]),
          ]);
    const whole = (value: number) => format.integer(value);
    const rankText =
      rank === null
        ? null
        : rank_low === null || rank_high === null
          ? texts.rankAlone(whole(rank))
          : texts.rankOf(whole(rank), whole(rank_low), whole(rank_high));
    return [
      h("h3", null, texts.scoreParts),
      h("dl", { class: "scores" }, [
        line(texts.score, "score", score, score_low, score_high),
        line(texts.partBurden, "score_burden", measures.score_burden),
        line(texts.partClustering, "score_clustering", measures.score_clustering),
      ]),
      ...(rankText === null ? [] : [h("p", { class: "note" }, rankText)]),
    ];
  }

  private overTime(shown: Shown, all: readonly Measured[]): HTMLElement | null {
    const { view, theme, language } = shown;
    const { texts, format } = language;
    const rows = all
      .filter((row) => row.theme === view.theme)
      .sort((a, b) => a.period.localeCompare(b.period));
    const [first, last] = [rows[0], rows.at(-1)];
    // Where numbers are bands there is no raw rate, so the smoothed one is drawn.
    const drawn = (["rate", "eb_rate"] as const).find((name) =>
      rows.some((row) => row[name] !== null),
    );
    if (!first || !last || rows.length < 2 || !drawn) {
      return null;
    }
    const label = texts.trendLabel(
      themeTitle(language, theme),
      format.period(first.period),
      format.period(last.period),
    );
    const points = rows.map((row) => ({
      period: row.period,
      value: row[drawn],
      low: drawn === "rate" ? row.rate_low : row.eb_low,
      high: drawn === "rate" ? row.rate_high : row.eb_high,
    }));
    const heads = { period: texts.period, value: texts.rate, interval: texts.interval };
    return h("div", { class: "part" }, [
      h(
        "h3",
        null,
        `${texts.trend} · ${drawn === "rate" ? rawTitle(language, theme.kind) : texts.ebRate}`,
      ),
      trend(points, view.period, label, heads, format),
    ]);
  }

  /** Other themes of the unit, kind by kind: side by side, never added up. */
  private beside(shown: Shown, all: readonly Measured[]): HTMLElement | null {
    const { catalog, view, language } = shown;
    const { texts, format } = language;
    const groups = KINDS.map((kind) => {
      const items = catalog.themes
        .filter((theme) => theme.kind === kind && theme.code !== view.theme)
        .flatMap((theme) => {
          const own = all
            .filter((row) => row.theme === theme.code)
            .sort((a, b) => a.period.localeCompare(b.period));
          const row = own.find(({ period }) => period === view.period) ?? own.at(-1);
          if (!row) {
            return [];
          }
          const open = h("button", { type: "button", class: "link" }, themeTitle(language, theme), {
            onclick: () => this.events.onTheme(theme.code),
          });
          const rate = row.rate ?? row.eb_rate;
          const about = [
            theme.unit,
            row.rate === null && rate !== null ? texts.ebRate : null,
            format.period(row.period),
          ];
          const value =
            row.status === "available"
              ? h("span", { class: "beside-value" }, [
                  datum(rate, (number) => format.rate(number)),
                  h(
                    "span",
                    { class: "interval" },
                    about.filter((part) => part !== null).join(", "),
                  ),
                ])
              : h("span", { class: "beside-value" }, texts.statuses[row.status]);
          return [h("li", null, [open, value])];
        });
      return items.length === 0
        ? null
        : h("div", { class: `beside beside-${kind}` }, [
            h("h4", null, texts.kinds[kind]),
            h("ul", null, items),
          ]);
    });
    return groups.every((group) => group === null)
      ? null
      : h("div", { class: "part" }, [
          h("h3", null, texts.otherThemes),
          h("p", { class: "note" }, texts.otherThemesNote),
          ...groups,
        ]);
  }

  private about({ language }: Shown, unit: Profile["properties"]): HTMLElement | null {
    const { texts, format } = language;
    const facts = [
      [texts.population, unit.population],
      [texts.children, unit.children],
    ] as const;
    const lines = facts.flatMap(([term, value]) =>
      value === null ? [] : [h("dt", null, term), h("dd", null, format.integer(value))],
    );
    return lines.length === 0 ? null : h("dl", { class: "figures part" }, lines);
  }
}
