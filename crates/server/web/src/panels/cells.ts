import type { Row } from "../api/types";
import { h } from "../dom";
import type { Nothing } from "../scale/palette";
import { rawTitle, type Shown, shortCell, shownProtection } from "./context";
import { countElements } from "./count";
import type { Column } from "./order";
import { colourSwatch, patternSwatch } from "./swatch";

/** Which rate the table shows. Where numbers are bands there is no raw rate. */
export function rateOf(shown: Shown): "rate" | "eb_rate" {
  const { view, theme } = shown;
  const smoothed =
    view.measure === "eb_rate" ||
    view.measure === "class" ||
    shownProtection(shown).protection === "banded";
  return theme.kind !== "indicator" && smoothed ? "eb_rate" : "rate";
}

/** Columns that a theme fills: indicators have no number of children. */
export function columnsOf({ theme }: Shown): Column[] {
  return theme.kind === "indicator"
    ? ["name", "class", "rate", "score"]
    : ["name", "class", "rate", "count", "score"];
}

/** Head of a column. */
export function headOf(shown: Shown, column: Column): string {
  const { texts } = shown.language;
  switch (column) {
    case "name":
      return texts.place;
    case "class":
      return texts.classColumn;
    case "rate":
      return rateOf(shown) === "eb_rate"
        ? texts.ebRate
        : rawTitle(shown.language, shown.theme.kind);
    case "count":
      switch (shownProtection(shown).protection) {
        case "banded":
          return texts.numberBanded;
        case "noise":
          return texts.numberNoise;
        default:
          return texts.number;
      }
    case "score":
      return texts.score;
  }
}

/** A number with its exact value beside it for programs. */
export function datum(value: number | null, write: (value: number) => string): HTMLElement | null {
  return value === null ? null : h("data", { value }, write(value));
}

/** Cells of a row. */
export function cellsOf(shown: Shown, row: Row): HTMLElement[] {
  const { language } = shown;
  const below = row.parent_name ?? (row.name === null ? language.texts.hexagon : "");
  const name = h("th", { scope: "row", role: "rowheader", class: "cell-name" }, [
    h("span", { class: "unit-name" }, row.name ?? shortCell(row.id)),
    h("span", { class: "unit-parent" }, below),
  ]);
  const columns = columnsOf(shown);
  if (row.status !== "available") {
    return [
      name,
      h("td", { role: "gridcell", class: "cell-nothing", colspan: columns.length - 1 }, [
        patternSwatch(row.status as Nothing, shown.palette),
        h("span", null, language.texts.statuses[row.status]),
      ]),
    ];
  }
  return [name, ...columns.slice(1).map((column) => cell(shown, row, column))];
}

function cell(shown: Shown, row: Row, column: Column): HTMLElement {
  const { format, texts } = shown.language;
  const td = (...children: (HTMLElement | null)[]) =>
    h("td", { role: "gridcell", class: `cell-${column}` }, children);
  switch (column) {
    case "name":
    case "class":
      return row.gi_class === null
        ? td()
        : td(
            colourSwatch(shown.palette.classes[row.gi_class]),
            h("span", { title: texts.classes[row.gi_class] }, texts.classesShort[row.gi_class]),
          );
    case "rate": {
      const shrunken = rateOf(shown) === "eb_rate";
      const [low, high] = shrunken ? [row.eb_low, row.eb_high] : [row.rate_low, row.rate_high];
      const interval =
        low === null || high === null
          ? null
          : h("span", { class: "interval" }, texts.intervalOf(format.rate(low), format.rate(high)));
      const value = shrunken ? row.eb_rate : row.rate;
      return td(
        datum(value, (number) => format.rate(number)),
        interval,
      );
    }
    case "count":
      return td(...countElements(shown.language, row, "short"));
    case "score":
      return td(datum(row.score, (number) => format.score(number)));
  }
}
