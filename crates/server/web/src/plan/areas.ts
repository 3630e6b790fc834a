import { h } from "../dom";
import { chip } from "./chips";
import type { Spoken } from "./words";

/** A district or block that can be chosen. */
export interface Area {
  id: string;
  layer: string;
  name: string;
  parent: string | null;
}

/** How an area is written where its name alone may be that of another. */
export function label({ name, parent }: Area): string {
  return parent === null ? name : `${name}, ${parent}`;
}

/** Areas listed before something is typed. */
const MOST = 40;

/** A searchable list of areas, and those chosen. */
export class AreaPicker {
  readonly element: HTMLElement;
  private readonly kind: HTMLSelectElement;
  private readonly filter: HTMLInputElement;
  private readonly list = h("ul", { class: "plan-areas" });
  private readonly rest = h("p", { class: "note", role: "status" });
  private readonly chips = h("ul", { class: "chips" });
  private areas: Area[] = [];
  private chosen: string[] = [];

  constructor(
    private readonly spoken: Spoken,
    private readonly events: { onChange(ids: string[]): void; onKind(layer: string): void },
  ) {
    const { plan } = spoken;
    this.kind = h("select", { id: "plan-kind", "aria-label": plan.kindOfArea }, [], {
      onchange: () => {
        this.write();
        events.onKind(this.kind.value);
      },
    });
    this.filter = h(
      "input",
      { type: "search", id: "plan-filter", "aria-label": plan.findArea, autocomplete: "off" },
      [],
      {
        oninput: () => this.write(),
        onkeydown: (event) => {
          // Enter takes the first match instead of sending the form.
          if (event.key === "Enter") {
            event.preventDefault();
            const [first] = this.matches();
            if (first && this.filter.value !== "") this.toggle(first.id);
          }
        },
      },
    );
    this.filter.placeholder = plan.findArea;
    this.element = h("div", { class: "plan-picker" }, [
      h("p", { class: "note" }, plan.areasHint),
      h("div", { class: "plan-find" }, [this.kind, this.filter]),
      h("div", { class: "plan-areas-box" }, this.list),
      this.rest,
      h("p", { class: "plan-label" }, plan.chosenAreas),
      this.chips,
    ]);
  }

  /** The areas that there are; those of a layer are listed first. */
  offer(areas: Area[], layer: string, chosen: string[]): void {
    this.areas = areas;
    this.chosen = chosen;
    const { plan } = this.spoken;
    const kinds = [
      ["district", plan.districts],
      ["block", plan.blocks],
    ].filter(([kind]) => areas.some((area) => area.layer === kind));
    this.kind.replaceChildren(
      ...kinds.map(([value = "", text = ""]) => h("option", { value }, text)),
    );
    this.kind.value = layer;
    this.write();
  }

  /** Shows what is chosen. */
  show(chosen: string[]): void {
    this.chosen = chosen;
    this.write();
  }

  /** Takes an area up, or gives it up. */
  toggle(id: string): void {
    const has = this.chosen.includes(id);
    this.chosen = has ? this.chosen.filter((other) => other !== id) : [...this.chosen, id];
    this.write();
    this.events.onChange(this.chosen);
  }

  private matches(): Area[] {
    const wanted = this.filter.value.trim().toLocaleLowerCase();
    return this.areas.filter(
      (area) => area.layer === this.kind.value && label(area).toLocaleLowerCase().includes(wanted),
    );
  }

  private write(): void {
    const { plan, format } = this.spoken;
    const found = this.matches();
    const focused = document.activeElement?.id ?? "";
    this.list.replaceChildren(
      ...found.slice(0, MOST).map((area) => {
        const id = `plan-area-${area.id.replace(/[^\w]+/g, "-")}`;
        const box = h("input", { type: "checkbox", id, value: area.id }, [], {
          onchange: () => this.toggle(area.id),
        });
        box.checked = this.chosen.includes(area.id);
        return h("li", null, [box, h("label", { for: id }, label(area))]);
      }),
    );
    const more = found.length - MOST;
    this.rest.textContent =
      found.length === 0 && this.areas.length > 0
        ? plan.noArea
        : more > 0
          ? plan.moreAreas(format.integer(more))
          : "";
    const names = new Map(this.areas.map((area) => [area.id, area.name]));
    this.chips.replaceChildren(
      ...this.chosen.map((id) => {
        const name = names.get(id) ?? id;
        return chip(name, plan.take(name), () => this.toggle(id));
      }),
    );
    if (this.chosen.length === 0) {
      this.chips.append(h("li", { class: "note" }, plan.noAreas));
    }
    // Whoever uses the keyboard stays where they were.
    if (focused.startsWith("plan-area-")) document.getElementById(focused)?.focus();
  }
}
