import type { Row } from "../api/types";
import { HOTSPOT_CLASSES } from "../api/types";
import { h } from "../dom";
import { NOTHINGS, type Nothing } from "../scale/palette";
import { coloursOf, isCoverage, nothingOf, stepOf } from "../scale/scale";
import { measureTitle, privacyPage, type Shown, shownProtection, themeTitle } from "./context";
import { bandText } from "./count";
import { colourSwatch, patternSwatch } from "./swatch";

/** What the colours and patterns of the map mean. */
export class Legend {
  readonly element: HTMLDetailsElement;
  private readonly summary = h("summary");
  private readonly body = h("div", { class: "legend-body" });

  constructor(label: string, open: boolean) {
    this.element = h("details", { class: "legend card", open, "aria-label": label }, [
      this.summary,
      this.body,
    ]);
  }

  /** `rows` are the units loaded; counts are told only when all are. */
  show(shown: Shown, rows: readonly Row[], complete: boolean): void {
    const { view, theme, scale, palette, language } = shown;
    const { texts, format } = language;
    const steps = new Map<number, number>();
    const nothing = new Map<Nothing, number>();
    for (const row of rows) {
      const step = stepOf(row, scale);
      const kind = nothingOf(row, scale);
      if (step !== null) steps.set(step, (steps.get(step) ?? 0) + 1);
      if (kind !== null) nothing.set(kind, (nothing.get(kind) ?? 0) + 1);
    }
    const count = (number: number | undefined) =>
      complete ? h("span", { class: "legend-count" }, format.integer(number ?? 0)) : null;
    const unit =
      scale.type === "classes"
        ? texts.classConfidence
        : view.measure === "score"
          ? "0–100"
          : view.measure === "count"
            ? (theme.denominator ?? "")
            : theme.unit;
    const entries = labels(shown).map((label, position) =>
      h("li", null, [
        colourSwatch(coloursOf(scale, theme.kind, palette)[position] ?? ""),
        h("span", { class: "legend-label" }, label),
        count(steps.get(position)),
      ]),
    );
    const nothings = NOTHINGS.filter((kind) => kind !== "not_computed" || nothing.has(kind)).map(
      (kind) =>
        h("li", { title: texts.statusMeanings[kind], "data-status": kind }, [
          patternSwatch(kind, palette),
          h("span", { class: "legend-label" }, texts.statuses[kind]),
          count(nothing.get(kind)),
        ]),
    );
    const low = scale.type === "classes" && theme.kind === "burden" ? texts.lowBurden : null;
    const hasLimits = scale.type === "steps" && scale.limits.length > 0;
    const coverage = isCoverage(view.measure, theme.kind);
    const quantiles = hasLimits && view.measure !== "score" && !coverage;
    const limits = quantiles ? texts.quintiles : coverage ? texts.coverageBands : null;
    const about =
      view.measure === "rate" && theme.kind === "indicator"
        ? texts.measureMeanings.published
        : view.measure === "rate" && coverage
          ? texts.measureMeanings.coverage
          : texts.measureMeanings[view.measure];
    this.summary.replaceChildren(
      h("h2", { class: "legend-title" }, themeTitle(language, theme)),
      h("span", { class: "legend-period" }, format.period(view.period)),
      h(
        "span",
        { class: "legend-ramp", "aria-hidden": "true" },
        coloursOf(scale, theme.kind, palette).map(colourSwatch),
      ),
    );
    this.body.replaceChildren(
      h("p", { class: `kind kind-${theme.kind}` }, [
        h("strong", null, texts.kinds[theme.kind]),
        ` ${texts.kindMeanings[theme.kind]}`,
      ]),
      h("h3", null, measureTitle(language, view.measure, theme.kind)),
      h("p", { class: "legend-unit" }, unit),
      h("ul", { class: "legend-list" }, entries),
      ...protection(shown),
      h("h3", null, texts.noValue),
      h("ul", { class: "legend-list legend-nothing" }, nothings),
      h("p", { class: "note" }, texts.zeroNote),
      h("p", { class: "note" }, [about, limits, low].filter(Boolean).join(" ")),
    );
  }
}

/** How the counts are protected; published figures are not counts of ours. */
function protection(shown: Shown): HTMLElement[] {
  const { theme, language } = shown;
  const { texts, format } = language;
  const { protection, deviation } = shownProtection(shown);
  if (protection === null || theme.kind === "indicator") {
    return [];
  }
  const size =
    protection === "noise" && deviation !== null ? texts.noiseSize(format.rate(deviation)) : "";
  return [
    h("p", { class: "note protection", "data-protection": protection }, [
      `${[texts.protections[protection], size].filter(Boolean).join(" ")} `,
      h("a", { href: privacyPage(language) }, texts.privacyPage),
    ]),
  ];
}

/** What each colour stands for, in the order of the scale. */
function labels({ scale, language }: Shown): string[] {
  const { texts, format } = language;
  if (scale.type === "bands") {
    return scale.bands.map((band) => bandText(language, band));
  }
  if (scale.type === "classes") {
    return HOTSPOT_CLASSES.map((code) => texts.classes[code]);
  }
  const { limits } = scale;
  const text = (limit: number) => format.exact(limit);
  const [first, last] = [limits[0], limits.at(-1)];
  if (first === undefined || last === undefined) {
    return [texts.allOneValue];
  }
  return [
    texts.below(text(first)),
    ...limits
      .slice(0, -1)
      .map((limit, position) => texts.between(text(limit), text(limits[position + 1] ?? limit))),
    texts.from(text(last)),
  ];
}
