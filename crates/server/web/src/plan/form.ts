import type { Catalog } from "../api/types";
import { h } from "../dom";
import { themeTitle } from "../panels/context";
import { type Area, AreaPicker, label } from "./areas";
import { allTeamDays, missing, plannable, slotOf, toSend, withField, withTeams } from "./ask";
import { chip } from "./chips";
import { type Fault, OBJECTIVES, type PlanAsk, type PlanProblem, type Point } from "./types";
import { faultInWords, type Spoken } from "./words";

export interface FormEvents {
  onSubmit(ask: PlanAsk): void;
  /** Areas were chosen or given up. */
  onAreas(ids: string[]): void;
  /** Another kind of area is to be chosen from. */
  onKind(layer: string): void;
  /** The base of a team is to be chosen on the map. */
  onPickBase(team: number): void;
}

const PLACES = "plan-places";

/** The request as a form. It holds the request; every field reads and writes it. */
export class Form {
  readonly element: HTMLFormElement;
  private ask: PlanAsk;
  private readonly slots = new Map<string, HTMLElement>();
  private readonly general = h("div", { class: "plan-faults", tabindex: -1, hidden: true });
  private readonly teams = h("div", { class: "plan-teams" });
  private readonly lists = h("div", { class: "plan-lists" });
  private readonly places = h("datalist", { id: PLACES });
  private readonly submit: HTMLButtonElement;
  private readonly areas: AreaPicker;
  private budget: HTMLInputElement | null = null;
  private budgetText: HTMLElement | null = null;
  private known: Area[] = [];
  private byLabel = new Map<string, string>();

  constructor(
    private readonly spoken: Spoken,
    private readonly catalog: Catalog,
    ask: PlanAsk,
    private readonly events: FormEvents,
  ) {
    const { plan } = spoken;
    this.ask = ask;
    this.areas = new AreaPicker(spoken, {
      onChange: (ids) => {
        this.ask = { ...this.ask, areas: ids };
        events.onAreas(ids);
      },
      onKind: (layer) => events.onKind(layer),
    });
    this.submit = h("button", { type: "submit", class: "button button-main" }, plan.submit);
    this.element = h("form", { class: "plan-form", novalidate: true }, [], {
      onsubmit: (event) => {
        event.preventDefault();
        this.send();
      },
    });
    this.write();
  }

  get value(): PlanAsk {
    return this.ask;
  }

  /** Shows another request. */
  set(ask: PlanAsk): void {
    this.ask = ask;
    this.write();
    this.events.onAreas(ask.areas);
  }

  /** The areas that there are, of both kinds. */
  offer(areas: Area[], layer: string): void {
    this.known = areas;
    this.byLabel = new Map(areas.map((area) => [label(area), area.id]));
    this.places.replaceChildren(...areas.map((area) => h("option", { value: label(area) })));
    this.areas.offer(areas, layer, this.ask.areas);
    this.writeTeams();
  }

  /** Takes an area up, or gives it up. */
  toggle(area: string): void {
    this.areas.toggle(area);
  }

  /** Sets where a team sets out. */
  setBase(team: number, base: Point): void {
    const teams = this.ask.teams.map((entry, number) =>
      number === team ? { ...entry, base } : entry,
    );
    this.ask = { ...this.ask, teams };
    this.writeTeams();
    this.element.querySelector<HTMLElement>(`#plan-base-${team}`)?.focus();
  }

  setBusy(busy: boolean): void {
    this.submit.disabled = busy;
  }

  /** Sends the request, if nothing is missing. */
  send(): void {
    this.clear();
    const fields = missing(this.ask);
    for (const field of fields) this.say(field, [h("p", null, this.text(field))]);
    if (fields.length > 0) {
      this.focusFirst(fields);
      return;
    }
    this.events.onSubmit(toSend(this.ask));
  }

  /** Shows what is wrong beside the fields. */
  refuse(problem: PlanProblem): void {
    this.clear();
    const { plan } = this.spoken;
    const faults = problem.faults ?? [];
    const fields: string[] = [];
    const loose: HTMLElement[] = [];
    for (const fault of faults) {
      const slot = slotOf(fault, [...this.slots.keys()]);
      if (slot === null) {
        loose.push(this.fault(fault));
      } else {
        fields.push(slot);
        this.say(slot, [this.fault(fault)]);
      }
    }
    if (faults.length === 0) loose.push(h("p", null, `${problem.title}. ${problem.detail}`));
    this.general.hidden = false;
    this.general.replaceChildren(
      h("p", { class: "failure", role: "alert" }, plan.refused),
      ...loose,
    );
    this.focusFirst(fields);
  }

  private text(field: string): string {
    return this.spoken.plan.missing[field] ?? field;
  }

  private fault(fault: Fault): HTMLElement {
    const { plan, code } = this.spoken;
    const known = ["unknown", "ambiguous", "theme", "contradiction"].includes(fault.code);
    const lang = known || code === "en" ? null : "en";
    const mends = fault.remedies.map((mend) => {
      const { field, value } = mend;
      const words = h("span", { lang: code === "en" ? null : "en" }, mend.text);
      if (field === undefined || value === undefined) {
        return h("li", null, words);
      }
      return h("li", null, [
        words,
        " ",
        h("button", { type: "button", class: "button plan-mend" }, plan.apply, {
          onclick: () => {
            this.set(withField(this.ask, field, value));
            this.send();
          },
        }),
      ]);
    });
    return h("div", { class: "plan-fault" }, [
      h("p", { lang }, faultInWords(this.spoken, fault)),
      mends.length === 0 ? null : h("p", null, `${plan.remedy}:`),
      mends.length === 0 ? null : h("ul", null, mends),
    ]);
  }

  private say(field: string, content: HTMLElement[]): void {
    const slot = this.slots.get(field);
    slot?.append(...content);
    if (slot) slot.hidden = false;
    for (const input of this.element.querySelectorAll(`[aria-describedby="${slot?.id}"]`)) {
      input.setAttribute("aria-invalid", "true");
    }
    const details = slot?.closest("details");
    if (details) details.open = true;
  }

  private clear(): void {
    this.general.hidden = true;
    this.general.replaceChildren();
    for (const slot of this.slots.values()) {
      slot.hidden = true;
      slot.replaceChildren();
    }
    for (const input of this.element.querySelectorAll("[aria-invalid]")) {
      input.removeAttribute("aria-invalid");
    }
  }

  private focusFirst(fields: string[]): void {
    const slot = this.slots.get(fields[0] ?? "");
    const input =
      slot && this.element.querySelector<HTMLElement>(`[aria-describedby="${slot.id}"]`);
    (input ?? (this.general.hidden ? this.submit : this.general)).focus();
  }

  /** Where the faults of a field are told. */
  private slot(field: string): HTMLElement {
    const id = `plan-fault-${field.replace(/[^\w]+/g, "-")}`;
    const slot = h("div", { class: "failure plan-slot", id, "data-field": field, hidden: true });
    this.slots.set(field, slot);
    return slot;
  }

  private group(field: string, title: string, content: (HTMLElement | null)[]): HTMLElement {
    return h("fieldset", { class: "plan-group" }, [
      h("legend", null, title),
      ...content,
      this.slot(field),
    ]);
  }

  private write(): void {
    const { plan } = this.spoken;
    this.slots.clear();
    this.areas.show(this.ask.areas);
    const title = this.input("plan-title", "text", this.ask.title ?? "", (value) => {
      this.ask = { ...this.ask, title: value };
    });
    title.maxLength = 200;
    const themes = plannable(this.catalog).map((theme) => this.theme(theme.code));
    const from = this.input("plan-from", "date", this.ask.from, (value) => {
      this.ask = { ...this.ask, from: value };
      this.writeBudget();
    });
    const weeks = this.number("plan-weeks", this.ask.weeks, 1, 104, (value) => {
      this.ask = { ...this.ask, weeks: value };
      this.writeBudget();
    });
    const fromSlot = this.slot("from");
    const weeksSlot = this.slot("weeks");
    from.setAttribute("aria-describedby", fromSlot.id);
    weeks.setAttribute("aria-describedby", weeksSlot.id);
    this.element.replaceChildren(
      this.general,
      this.labelled("plan-title", plan.name, title, plan.nameHint),
      this.group("areas", plan.areas, [this.areas.element]),
      this.group("themes", plan.themes, [h("p", { class: "note" }, plan.themesHint), ...themes]),
      this.group("teams", plan.teams, [this.teams]),
      h("div", { class: "plan-pair" }, [
        this.labelled("plan-from", plan.from, from),
        this.labelled("plan-weeks", plan.weeks, weeks),
      ]),
      fromSlot,
      weeksSlot,
      this.budgetField(),
      this.objective(),
      this.more(),
      this.lists,
      h("div", { class: "buttons" }, this.submit),
      this.places,
    );
    this.areas.element.querySelector("input")?.setAttribute("aria-describedby", "plan-fault-areas");
    this.element
      .querySelector(".plan-theme input")
      ?.setAttribute("aria-describedby", "plan-fault-themes");
    this.writeTeams();
    this.writeLists();
  }

  private input(
    id: string,
    type: string,
    value: string,
    onInput: (value: string) => void,
  ): HTMLInputElement {
    const input = h("input", { id, type, autocomplete: "off" }, [], {
      oninput: () => onInput(input.value),
    });
    input.value = value;
    return input;
  }

  private number(
    id: string,
    value: number | undefined,
    least: number,
    most: number,
    onInput: (value: number) => void,
  ): HTMLInputElement {
    const input = this.input(id, "number", value === undefined ? "" : String(value), (text) => {
      const number = Number(text);
      if (text !== "" && number >= least && number <= most) onInput(number);
    });
    input.min = String(least);
    input.max = String(most);
    return input;
  }

  private labelled(
    id: string,
    text: string,
    input: HTMLElement,
    hint: string | null = null,
  ): HTMLElement {
    return h("div", { class: "plan-field" }, [
      h("label", { for: id }, text),
      input,
      hint === null ? null : h("p", { class: "note" }, hint),
    ]);
  }

  private theme(code: string): HTMLElement {
    const { plan, format } = this.spoken;
    const theme = this.catalog.themes.find((entry) => entry.code === code);
    const plain = theme ? themeTitle(this.spoken, theme) : code;
    // A survey may ask about what we record too.
    const title = theme?.kind === "indicator" ? plan.survey(plain) : plain;
    const id = `plan-theme-${code.replace(/[^\w]+/g, "-")}`;
    const shown = h("output", { for: id }, format.exact(this.ask.themes[code] ?? 0));
    const slider = this.input(id, "range", String(this.ask.themes[code] ?? 0), (value) => {
      const weight = Number(value);
      const themes = { ...this.ask.themes };
      if (weight > 0) themes[code] = weight;
      else delete themes[code];
      this.ask = { ...this.ask, themes };
      shown.textContent = format.exact(weight);
    });
    slider.min = "0";
    slider.max = "3";
    slider.step = "0.1";
    slider.value = String(this.ask.themes[code] ?? 0);
    slider.setAttribute("aria-label", plan.weight(title));
    return h("div", { class: "plan-theme" }, [h("label", { for: id }, title), slider, shown]);
  }

  private writeTeams(): void {
    const { plan } = this.spoken;
    const count = this.number("plan-teams", this.ask.teams.length, 1, 50, (value) => {
      this.ask = withTeams(this.ask, Math.round(value));
      this.writeTeams();
      this.element.querySelector<HTMLElement>("#plan-teams")?.focus();
    });
    const rows = this.ask.teams.map((team, number) => {
      const id = `plan-base-${number}`;
      const slot = number === 0 ? this.slot("teams[0].base") : null;
      const base = this.input(id, "text", this.baseText(team.base ?? ""), (value) => {
        const found = this.byLabel.get(value) ?? value.trim();
        this.ask.teams[number] = { ...team, base: pointIn(found) ?? found };
      });
      base.setAttribute("list", PLACES);
      base.placeholder = plan.baseHint;
      if (slot) base.setAttribute("aria-describedby", slot.id);
      return h("div", { class: "plan-team" }, [
        h("label", { for: id }, plan.baseOf(team.name)),
        h("div", { class: "plan-base" }, [
          base,
          h(
            "button",
            { type: "button", class: "button", "aria-label": plan.onMapOf(team.name) },
            plan.onMap,
            { onclick: () => this.events.onPickBase(number) },
          ),
        ]),
        slot,
      ]);
    });
    this.teams.replaceChildren(
      this.labelled("plan-teams", plan.teamCount, count),
      h("p", { class: "note" }, plan.baseNote),
      ...rows,
    );
    this.writeBudget();
  }

  private baseText(base: string | Point): string {
    if (typeof base !== "string") {
      return this.spoken.plan.point(base.latitude.toFixed(5), base.longitude.toFixed(5));
    }
    const area = this.known.find(({ id }) => id === base);
    return area ? label(area) : base;
  }

  private budgetField(): HTMLElement {
    const { plan } = this.spoken;
    const slot = this.slot("budget_team_days");
    this.budgetText = h("output", { for: "plan-budget" });
    this.budget = this.input("plan-budget", "range", "0", (value) => {
      this.ask = { ...this.ask, budget_team_days: Number(value) };
      this.writeBudget();
    });
    this.budget.min = "1";
    this.budget.setAttribute("aria-describedby", slot.id);
    return h("div", { class: "plan-field" }, [
      h("label", { for: "plan-budget" }, plan.budget),
      this.budget,
      this.budgetText,
      slot,
    ]);
  }

  private writeBudget(): void {
    const { plan, format } = this.spoken;
    const all = allTeamDays(this.ask);
    const asked = this.ask.budget_team_days ?? all;
    const budget = Math.min(asked, Math.max(all, 1));
    if (!this.budget || !this.budgetText) return;
    this.budget.max = String(Math.max(all, 1));
    this.budget.step = Number.isInteger(budget) ? "1" : "0.1";
    this.budget.value = String(budget);
    const days = format.exact(budget);
    const text = budget >= all ? plan.budgetAll(days) : plan.budgetOf(days, format.integer(all));
    this.budgetText.textContent = text;
    this.budget.setAttribute("aria-valuetext", text);
  }

  private objective(): HTMLElement {
    const { plan } = this.spoken;
    const radius = this.number(
      "plan-radius",
      this.ask.service_radius_km ?? 5,
      0.5,
      100,
      (value) => {
        this.ask = { ...this.ask, service_radius_km: value };
      },
    );
    const radiusSlot = this.slot("service_radius_km");
    radius.setAttribute("aria-describedby", radiusSlot.id);
    const near = this.labelled("plan-radius", plan.radius, radius);
    const show = () => {
      near.hidden = this.ask.objective !== "maximum_coverage";
    };
    const select = h(
      "select",
      { id: "plan-objective" },
      OBJECTIVES.map((value) => h("option", { value }, plan.objectives[value])),
      {
        onchange: () => {
          const objective = OBJECTIVES.find((known) => known === select.value) ?? OBJECTIVES[0];
          this.ask = { ...this.ask, objective, service_radius_km: Number(radius.value) || 5 };
          show();
        },
      },
    );
    select.value = this.ask.objective ?? "weighted_benefit";
    const measure = h(
      "select",
      { id: "plan-measure" },
      [h("option", { value: "mean" }, plan.mean), h("option", { value: "lower" }, plan.lower)],
      {
        onchange: () => {
          this.ask = { ...this.ask, measure: measure.value === "lower" ? "lower" : "mean" };
        },
      },
    );
    measure.value = this.ask.measure ?? "mean";
    const counts = h(
      "select",
      { id: "plan-counts" },
      [
        h("option", { value: "children" }, plan.countChildren),
        h("option", { value: "households" }, plan.countHouseholds),
      ],
      {
        onchange: () => {
          const value = counts.value === "households" ? "households" : "children";
          this.ask = { ...this.ask, counts: value };
        },
      },
    );
    counts.value = this.ask.counts ?? "children";
    const slot = this.slot("objective");
    select.setAttribute("aria-describedby", slot.id);
    show();
    return h("div", null, [
      this.labelled("plan-objective", plan.objective, select),
      slot,
      near,
      radiusSlot,
      this.labelled("plan-counts", plan.counts, counts),
      this.labelled("plan-measure", plan.measure, measure),
    ]);
  }

  private more(): HTMLElement {
    const { plan } = this.spoken;
    const share = () => {
      const asked = this.ask.exploration_share ?? 0;
      return asked > 0 ? `${Math.round(asked * 100)} %` : plan.none;
    };
    const shown = h("output", { for: "plan-exploration" }, share());
    const exploration = this.input("plan-exploration", "range", "0", (value) => {
      this.ask = { ...this.ask, exploration_share: Number(value) / 100 };
      shown.textContent = share();
    });
    exploration.max = "50";
    exploration.step = "5";
    exploration.value = String(Math.round((this.ask.exploration_share ?? 0) * 100));
    const rollout = this.ask.rollout;
    const check = h("input", { id: "plan-rollout", type: "checkbox" }, [], {
      onchange: () => {
        const { rollout: _, ...rest } = this.ask;
        this.ask = check.checked ? { ...rest, rollout: { steps: 3, bands: 3 } } : rest;
        parts.hidden = !check.checked;
      },
    });
    check.checked = rollout !== undefined;
    const part = (name: "steps" | "bands") =>
      this.number(`plan-${name}`, rollout?.[name] ?? 3, 1, 20, (value) => {
        const now = this.ask.rollout ?? { steps: 3, bands: 3 };
        this.ask = { ...this.ask, rollout: { ...now, [name]: Math.round(value) } };
      });
    const parts = h("div", { class: "plan-pair", hidden: rollout === undefined }, [
      this.labelled("plan-steps", plan.steps, part("steps")),
      this.labelled("plan-bands", plan.bands, part("bands")),
    ]);
    const floor = Number(this.ask.floors?.["least_per_block"] ?? 0);
    const least = this.number("plan-floor", floor, 0, 1000, (value) => {
      this.ask = withField(this.ask, "floors.least_per_block", Math.round(value));
    });
    const pace = this.number(
      "plan-pace",
      this.ask.pace?.["households_per_team_day"] ?? 60,
      1,
      2000,
      (value) => {
        this.ask = withField(this.ask, "pace.households_per_team_day", value);
      },
    );
    const hours = this.number(
      "plan-hours",
      this.ask.pace?.["hours_per_day"] ?? 7,
      1,
      16,
      (value) => {
        this.ask = withField(this.ask, "pace.hours_per_day", value);
      },
    );
    const borders = h("input", { id: "plan-borders", type: "checkbox" }, [], {
      onchange: () => {
        this.ask = withField(this.ask, "search.borders", borders.checked ? "kept" : "open");
      },
    });
    const stay = h("label", { for: "plan-borders" }, plan.borders);
    borders.checked = this.ask.search?.["borders"] === "kept";
    const slots = ["exploration_share", "rollout", "floors", "search.borders", "pace"].map(
      (field) => this.slot(field),
    );
    const [explorationSlot, rolloutSlot, floorSlot, bordersSlot, paceSlot] = slots;
    borders.setAttribute("aria-describedby", bordersSlot?.id ?? "");
    exploration.setAttribute("aria-describedby", explorationSlot?.id ?? "");
    least.setAttribute("aria-describedby", floorSlot?.id ?? "");
    pace.setAttribute("aria-describedby", paceSlot?.id ?? "");
    return h("details", { class: "plan-more" }, [
      h("summary", null, plan.more),
      h("div", { class: "plan-field" }, [
        h("label", { for: "plan-exploration" }, plan.exploration),
        exploration,
        shown,
        h("p", { class: "note" }, plan.explorationHint),
      ]),
      explorationSlot,
      h("div", { class: "plan-check" }, [check, h("label", { for: "plan-rollout" }, plan.rollout)]),
      parts,
      rolloutSlot,
      this.labelled("plan-floor", plan.leastPerBlock, least),
      floorSlot,
      h("div", { class: "plan-check" }, [borders, stay]),
      h("p", { class: "note" }, plan.bordersHint),
      bordersSlot,
      h("div", { class: "plan-pair" }, [
        this.labelled("plan-pace", plan.pace, pace),
        this.labelled("plan-hours", plan.hours, hours),
      ]),
      paceSlot,
    ]);
  }

  /** The villages that must, and that must not, be visited. */
  writeLists(names: ReadonlyMap<string, string> = new Map()): void {
    const { plan } = this.spoken;
    const list = (field: "musts" | "must_nots", title: string) => {
      const ids = this.ask[field] ?? [];
      const slot = this.slot(field);
      const chips = ids.map((id) =>
        chip(names.get(id) ?? id, plan.take(names.get(id) ?? id), () => {
          this.ask = { ...this.ask, [field]: ids.filter((other) => other !== id) };
          this.writeLists(names);
        }),
      );
      return h("div", { class: "plan-field" }, [
        ids.length === 0 ? null : h("p", { class: "plan-label" }, title),
        ids.length === 0 ? null : h("ul", { class: "chips" }, chips),
        slot,
      ]);
    };
    this.lists.replaceChildren(list("musts", plan.musts), list("must_nots", plan.mustNots));
  }
}

function pointIn(text: string): Point | null {
  const match = /^(-?\d+(?:\.\d+)?)\s*,\s*(-?\d+(?:\.\d+)?)$/.exec(text);
  const [latitude, longitude] = (match ?? []).slice(1).map(Number);
  return latitude === undefined || longitude === undefined ? null : { latitude, longitude };
}
