import { KINDS } from "../api/types";
import { h } from "../dom";
import { layerChoices, measuresOf, periodsOf, themesOf } from "../state/choose";
import type { View } from "../state/view";
import { measureTitle, type Shown, themeTitle } from "./context";

type Name = "theme" | "period" | "layer" | "measure";

interface Option {
  value: string;
  text: string;
  group?: string;
}

/** The four choices above the map. */
export class Pickers {
  readonly element: HTMLElement;
  private readonly selects: Record<Name, HTMLSelectElement>;

  constructor(
    labels: Record<Name, string>,
    title: string,
    onPick: (change: Partial<View>) => void,
  ) {
    const make = (name: Name) =>
      h("select", { id: `pick-${name}`, name, autocomplete: "off" }, [], {
        onchange: (event) => onPick({ [name]: (event.currentTarget as HTMLSelectElement).value }),
      });
    this.selects = {
      theme: make("theme"),
      period: make("period"),
      layer: make("layer"),
      measure: make("measure"),
    };
    this.element = h(
      "section",
      { class: "pickers", "aria-label": title },
      (["theme", "period", "layer", "measure"] as const).map((name) =>
        h("div", { class: `picker picker-${name}` }, [
          h("label", { for: `pick-${name}` }, labels[name]),
          this.selects[name],
        ]),
      ),
    );
  }

  show({ catalog, view, theme, language }: Shown): void {
    const { texts, format } = language;
    const themes = themesOf(catalog, view.layer);
    fill(
      this.selects.theme,
      KINDS.flatMap((kind) =>
        themes
          .filter((entry) => entry.kind === kind)
          .map((entry) => ({
            value: entry.code,
            text: themeTitle(language, entry),
            group: texts.kinds[kind],
          })),
      ),
      view.theme,
    );
    const periods = periodsOf(catalog, view.layer, view.theme).reverse();
    fill(
      this.selects.period,
      periods.map((period) => ({ value: period, text: format.period(period) })),
      view.period,
    );
    fill(
      this.selects.layer,
      layerChoices(catalog).map(({ id, layer }) => ({
        value: id,
        text: layer?.title ?? texts.heatMap,
      })),
      view.layer,
    );
    fill(
      this.selects.measure,
      measuresOf(catalog, view.layer, theme).map((measure) => ({
        value: measure,
        text: measureTitle(language, measure, theme.kind),
      })),
      view.measure,
    );
  }
}

function fill(select: HTMLSelectElement, options: Option[], value: string): void {
  const wanted = JSON.stringify(options);
  if (select.dataset["options"] !== wanted) {
    // Written only when something changed, so that an open list stays open.
    select.dataset["options"] = wanted;
    const groups = new Map<string, HTMLElement>();
    const items: HTMLElement[] = [];
    for (const { value, text, group } of options) {
      const option = h("option", { value }, text);
      if (group === undefined) {
        items.push(option);
        continue;
      }
      let parent = groups.get(group);
      if (!parent) {
        parent = h("optgroup", { label: group });
        groups.set(group, parent);
        items.push(parent);
      }
      parent.append(option);
    }
    select.replaceChildren(...items);
  }
  select.value = value;
}
