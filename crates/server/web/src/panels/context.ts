import type { Catalog, Kind, Layer, Theme } from "../api/types";
import type { Palette } from "../scale/palette";
import type { Scale } from "../scale/scale";
import { protectionOf } from "../state/choose";
import type { Measure, View } from "../state/view";
import type { Language } from "../texts";

/** What every panel needs to show the view. */
export interface Shown {
  catalog: Catalog;
  view: View;
  theme: Theme;
  /** The layer that the table lists; for the heat map that of the zoom. */
  layer: Layer | null;
  scale: Scale;
  palette: Palette;
  language: Language;
}

/** Title of a theme in the language of the page. */
export function themeTitle({ texts }: Language, theme: Theme): string {
  const title = texts.themes[theme.code] ?? theme.title;
  return title.charAt(0).toUpperCase() + title.slice(1);
}

/** Name of a measure; an indicator's rate is what was published, that of outreach is coverage. */
export function measureTitle({ texts }: Language, measure: Measure, kind: Kind): string {
  if (measure !== "rate") {
    return texts.measures[measure];
  }
  switch (kind) {
    case "indicator":
      return texts.publishedValue;
    case "outreach":
      return texts.coverage;
    default:
      return texts.measures.rate;
  }
}

/** Short name of the rate that is not smoothed, for tables. */
export function rawTitle({ texts }: Language, kind: Kind): string {
  switch (kind) {
    case "indicator":
      return texts.value;
    case "outreach":
      return texts.coverageShort;
    default:
      return texts.rawRate;
  }
}

/** Name of a unit: that of the place, or the code of the hexagon. */
export function unitName({ texts }: Language, unit: { id: string; name: string | null }): string {
  return unit.name ?? texts.cell(shortCell(unit.id));
}

/** The part of the identifier of an H3 cell that differs between cells; the rest is filled up. */
export function shortCell(id: string): string {
  return id.replace(/f+$/, "");
}

/** How the counts that the table lists are protected. */
export function shownProtection({ catalog, layer, theme }: Shown): ReturnType<typeof protectionOf> {
  return protectionOf(catalog, layer?.id ?? "", theme.code);
}

/** Address of the page that says what each audience can and cannot learn. */
export function privacyPage({ code }: Language): string {
  return new URL(`./privacy?lang=${code}`, document.baseURI).href;
}
