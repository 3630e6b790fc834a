import { type Client, isAbort } from "../api/client";
import { RequestError } from "../api/problem";
import type { Available, Catalog } from "../api/types";
import { copyText, saveFile } from "../browser";
import { h } from "../dom";
import { openAbout } from "../panels/dialogs";
import { header } from "../panels/header";
import { explain, Notices } from "../panels/notices";
import { remember } from "../texts";
import { PlanClient, Refused } from "./api";
import type { Area } from "./areas";
import { firstAsk, withVillage } from "./ask";
import { Form } from "./form";
import type { PlanMap } from "./map";
import { Result } from "./result";
import { type PlanAsk, type PlanFile, type PlanView, STAGES } from "./types";
import type { Spoken } from "./words";

/** How long to wait before a plan is looked for again, at first and at most. */
const [FIRST_WAIT_MS, LONGEST_WAIT_MS] = [400, 3_000];
/** Kinds of areas that villages are chosen from. */
const KINDS = ["district", "block"];

export interface PageEvents {
  onBack(): void;
  onAccess(): void;
  onRestart(): void;
  /** The plan that is shown, for the address of the page. */
  onPlan(id: string | null): void;
}

/** The planner's page: a request, its progress, its plan, and a map. */
export class PlanPage {
  private readonly ended = new AbortController();
  private readonly plans: PlanClient;
  private readonly form: Form;
  private readonly result: Result;
  private readonly notices = new Notices();
  private readonly live = h("p", { class: "hidden", "aria-live": "polite", id: "live" });
  private readonly progress = h("div", { class: "plan-progress", hidden: true });
  private readonly asked: HTMLDetailsElement;
  private readonly own = h("select", { id: "plan-own" });
  private readonly ownBox: HTMLElement;
  private readonly mapContainer = h("div", { class: "map", id: "map" });
  private readonly hint = h("p", { class: "plan-hint card", role: "status", hidden: true });
  private readonly dark = matchMedia("(prefers-color-scheme: dark)");
  private map: PlanMap | null = null;
  private areas: Area[] = [];
  private shown: PlanView | null = null;
  private picking: number | null = null;
  private day: string | null = null;
  private waiting = new AbortController();

  constructor(
    root: HTMLElement,
    private readonly client: Client,
    private readonly spoken: Spoken,
    private readonly catalog: Catalog,
    planId: string | null,
    private readonly events: PageEvents,
  ) {
    const { texts, plan, code } = spoken;
    const { signal } = this.ended;
    this.plans = new PlanClient(client);
    this.form = new Form(spoken, catalog, firstAsk(catalog, new Date()), {
      onSubmit: (ask) => void this.make(ask),
      onAreas: (ids) => this.map?.choose(ids),
      onKind: (layer) => void this.showAreas(layer),
      onPickBase: (team) => this.pick(team),
    });
    this.result = new Result(spoken, {
      onSelect: (id) => this.select(id, true),
      onDay: (date) => {
        this.day = date;
        this.draw();
      },
      onList: (id, list) => {
        this.form.set(withVillage(this.form.value, id, list));
        this.form.writeLists(this.result.names);
        this.result.setStale(true);
        this.live.textContent = plan.changed;
      },
      onAgain: () => this.form.send(),
      onFile: (file, lang) => this.save(file, lang),
    });
    this.result.element.hidden = true;
    this.asked = h("details", { class: "plan-asked", open: true }, [
      h("summary", null, h("h2", null, plan.form)),
      this.form.element,
    ]);
    this.own.addEventListener("change", () => {
      if (this.own.value !== "") void this.open(this.own.value);
    });
    this.ownBox = h("div", { class: "plan-own", hidden: true }, [
      h("label", { for: "plan-own" }, plan.yourPlans),
      this.own,
    ]);
    root.replaceChildren(
      header(spoken, catalog, {
        onAbout: () => openAbout(catalog, spoken, client.address("/v1/manifest", {})),
        onAccess: () => events.onAccess(),
        onCopy: () => void this.copy(),
        onLanguage: (chosen) => {
          remember(chosen);
          events.onRestart();
        },
      }),
      ...(catalog.synthetic
        ? [
            h("aside", { class: "synthetic", "aria-label": texts.synthetic }, [
              h("strong", null, texts.synthetic),
              ` ${texts.syntheticLong}`,
            ]),
          ]
        : []),
      h("nav", { class: "plan-bar", "aria-label": plan.title }, [
        h("button", { type: "button", class: "button" }, `← ${plan.back}`, {
          onclick: () => events.onBack(),
        }),
        h("p", { class: "plan-title" }, plan.title),
        this.ownBox,
      ]),
      h("main", { class: "plan-main", id: "main" }, [
        h("div", { class: "plan-panel" }, [this.asked, this.progress, this.result.element]),
        h("section", { class: "map-area plan-map", "aria-label": plan.map }, [
          this.mapContainer,
          this.hint,
          this.notices.element,
        ]),
      ]),
      this.live,
    );
    document.title = `${plan.title} · ${texts.title}`;
    document.documentElement.lang = code;
    addEventListener("keydown", (event) => event.key === "Escape" && this.pick(null), { signal });
    this.dark.addEventListener(
      "change",
      () => {
        this.map?.setDark(this.dark.matches);
        if (this.shown) this.result.show(this.shown, this.names(), this.dark.matches);
      },
      { signal },
    );
    void this.loadAreas();
    void this.loadMap();
    void this.listOwn();
    if (planId !== null) void this.open(planId);
  }

  /** Lets go of the page. */
  stop(): void {
    this.ended.abort();
    this.waiting.abort();
    this.map?.remove();
  }

  private names(): Map<string, string> {
    return new Map(this.areas.map(({ id, name }) => [id, name]));
  }

  /** A theme and period of a layer: whose names and outlines are asked for. */
  private some(layer: string): { layer: string; theme: string; period: string } | null {
    const found = this.catalog.available.find((entry: Available) => entry.layer === layer);
    const period = found?.periods.at(-1);
    return found && period !== undefined ? { layer, theme: found.theme, period } : null;
  }

  private async loadAreas(): Promise<void> {
    const { signal } = this.ended;
    try {
      const lists = await Promise.all(
        KINDS.flatMap((layer) => this.some(layer) ?? []).map(async (question) => {
          const places = await this.client.places(question, signal);
          return places.map(({ id, name, parent_name }) => ({
            id,
            layer: question.layer,
            name: name ?? id,
            parent: parent_name,
          }));
        }),
      );
      this.areas = lists.flat();
      const collator = new Intl.Collator(this.spoken.code, { numeric: true });
      this.areas.sort((a, b) => collator.compare(a.name, b.name));
      const [first = "district"] = KINDS.filter((kind) =>
        this.areas.some(({ layer }) => layer === kind),
      );
      this.form.offer(this.areas, first);
      if (this.shown) this.result.show(this.shown, this.names(), this.dark.matches);
    } catch (error) {
      this.failed("areas", error, () => void this.loadAreas());
    }
  }

  private async loadMap(): Promise<void> {
    const { texts, plan } = this.spoken;
    const module = await import("./map").catch(() => null);
    if (this.ended.signal.aborted) return;
    if (!module) {
      const retry = { text: texts.retry, run: () => void this.loadMap() };
      this.notices.show("map", plan.noMap, texts.close, retry);
      return;
    }
    const layer = this.catalog.layers.find(({ id }) => KINDS.includes(id));
    try {
      this.map = new module.PlanMap(
        {
          container: this.mapContainer,
          label: plan.mapLabel,
          bounds: layer?.bounds ?? null,
          dark: this.dark.matches,
          headers: () => this.client.headers(),
          locale: {
            "NavigationControl.ZoomIn": texts.zoomIn,
            "NavigationControl.ZoomOut": texts.zoomOut,
          },
        },
        {
          onArea: (id) => this.form.toggle(id),
          onVillage: (id) => this.select(id, true),
          onPoint: (at) => {
            const team = this.picking;
            this.pick(null);
            if (team !== null) this.form.setBase(team, at);
          },
          onIdle: (idle) => this.mapContainer.toggleAttribute("data-idle", idle),
        },
      );
    } catch {
      this.notices.show("map", plan.noMap, texts.close);
      return;
    }
    await this.showAreas(KINDS.find((kind) => this.some(kind) !== null) ?? "district");
    this.draw();
  }

  private async showAreas(layer: string): Promise<void> {
    const question = this.some(layer);
    if (!question || !this.map) return;
    try {
      const { minzoom, maxzoom, bounds } = await this.client.tileJson(question);
      const url = this.client.tileAddress(question);
      await this.map.areas({ url, minzoom, maxzoom, ...(bounds ? { bounds } : {}) });
      this.map.choose(this.form.value.areas);
    } catch (error) {
      this.failed("tiles", error, () => void this.showAreas(layer));
    }
  }

  private pick(team: number | null): void {
    if (team === null && this.picking === null) return;
    this.picking = team;
    this.map?.pick(team !== null);
    const name = team === null ? "" : (this.form.value.teams[team]?.name ?? "");
    this.hint.hidden = team === null;
    this.hint.textContent = team === null ? "" : this.spoken.plan.clickBase(name);
    if (team !== null) this.mapContainer.scrollIntoView({ block: "nearest" });
  }

  /** Asks for a plan and waits for it. */
  private async make(ask: PlanAsk): Promise<void> {
    this.waiting.abort();
    this.waiting = new AbortController();
    const { signal } = this.waiting;
    this.form.setBusy(true);
    this.notices.hide("plan");
    try {
      const taken = await this.plans.ask(ask, signal);
      await this.follow(taken.id, signal);
      void this.listOwn();
    } catch (error) {
      this.ask(error, () => void this.make(ask));
    } finally {
      if (!signal.aborted) this.form.setBusy(false);
    }
  }

  /** Opens a plan that was asked for before, with its request. */
  private async open(id: string): Promise<void> {
    this.waiting.abort();
    this.waiting = new AbortController();
    const { signal } = this.waiting;
    this.form.setBusy(false);
    try {
      const done = await this.follow(id, signal);
      if (done) {
        this.form.set(await this.plans.asked(id, signal));
        this.form.writeLists(this.result.names);
      }
    } catch (error) {
      this.ask(error, () => void this.open(id));
    }
  }

  /** Looks for a plan until it has ended; `true` if it is made. */
  private async follow(id: string, signal: AbortSignal): Promise<boolean> {
    this.events.onPlan(id);
    let wait = FIRST_WAIT_MS;
    for (;;) {
      const view = await this.plans.plan(id, this.spoken.code, signal);
      if (view.status === "failed") {
        this.showProgress(null);
        this.asked.open = true;
        if (view.problem?.faults) throw new Refused(view.problem);
        const kind = view.problem?.type.split(":").pop() ?? "internal";
        throw new RequestError(kind, view.problem?.title ?? "", view.problem?.detail ?? "");
      }
      if (view.status === "done") {
        this.showProgress(null);
        this.show(view);
        return true;
      }
      this.showProgress(view);
      await new Promise((resolve) => setTimeout(resolve, wait));
      if (signal.aborted) throw new DOMException("", "AbortError");
      wait = Math.min(wait * 1.3, LONGEST_WAIT_MS);
    }
  }

  private showProgress(view: PlanView | null): void {
    const { plan, format } = this.spoken;
    this.progress.hidden = view === null;
    if (view === null) {
      this.progress.replaceChildren();
      return;
    }
    const stage = view.stage ? STAGES.indexOf(view.stage) : -1;
    const text = view.stage
      ? plan.stages[view.stage]
      : plan.queued(format.integer(view.ahead ?? 0));
    if (this.progress.childElementCount === 0) {
      this.progress.replaceChildren(
        h("h2", { id: "plan-progress-title" }, plan.progress),
        h("progress", { max: STAGES.length, value: 0, "aria-labelledby": "plan-progress-title" }),
        h("p", { role: "status" }),
      );
      this.progress.scrollIntoView({ block: "nearest" });
    }
    const bar = this.progress.querySelector("progress");
    const status = this.progress.querySelector("p");
    if (bar) bar.value = stage + 1;
    if (status && status.textContent !== text) status.textContent = text;
  }

  private show(view: PlanView): void {
    const { plan, format } = this.spoken;
    this.shown = view;
    this.day = null;
    this.asked.open = false;
    const heading = this.asked.querySelector("h2");
    if (heading) heading.textContent = plan.change;
    this.result.element.hidden = false;
    this.result.show(view, this.names(), this.dark.matches);
    this.result.element.focus({ preventScroll: true });
    this.result.element.scrollIntoView({ block: "start" });
    this.live.textContent = plan.done(format.integer(view.document?.villages.length ?? 0));
    this.draw();
    this.map?.fit();
  }

  /** Villages, ways of the day and bases on the map. */
  private draw(): void {
    const document = this.shown?.document;
    if (!document || !this.map) return;
    const { teams } = document.asked;
    const at = new Map(document.villages.map((village) => [village.place_id, village.position]));
    const most = Math.max(...document.villages.map(({ benefit }) => benefit.value ?? 0), 1e-9);
    const today = this.day;
    const rows = this.result.rows.filter(({ dates }) => today === null || dates.includes(today));
    const ways = document.routes
      .filter(({ date }) => date === today)
      .map((route) => {
        const team = teams.findIndex(({ id }) => id === route.team_id);
        const base = teams[team]?.base;
        const stops = route.visits.flatMap(({ place_id }) => at.get(place_id) ?? []);
        return { team, points: base ? [base, ...stops, base] : stops };
      });
    void this.map.draw({
      spots: rows.map(({ village, team }) => ({
        id: village.place_id,
        at: village.position,
        team,
        size: Math.sqrt((village.benefit.value ?? 0) / most),
      })),
      ways,
      bases: teams.map(({ base }, team) => ({ team, at: base })),
    });
  }

  private select(id: string, focus: boolean): void {
    const { plan } = this.spoken;
    this.map?.select(id);
    this.result.select(id, focus);
    this.live.textContent = plan.selected(this.result.names.get(id) ?? id);
  }

  private async save(file: PlanFile, lang: string | null): Promise<void> {
    const id = this.shown?.id;
    if (id === undefined) return;
    try {
      const content = await this.plans.file(id, file.name, lang, this.ended.signal);
      saveFile(content, [id, ...(lang === null ? [] : [lang]), file.name].join("_"));
    } catch (error) {
      this.failed("file", error, () => void this.save(file, lang));
    }
  }

  private async copy(): Promise<void> {
    const { texts } = this.spoken;
    const copied = await copyText(location.href);
    this.notices.pass("copy", copied ? texts.linkCopied : texts.linkNotCopied, texts.close);
  }

  private async listOwn(): Promise<void> {
    const { plan } = this.spoken;
    try {
      const own = await this.plans.list(this.ended.signal);
      this.ownBox.hidden = own.length === 0;
      this.own.replaceChildren(
        h("option", { value: "" }, "–"),
        ...own.map(({ id, title, status }) =>
          h(
            "option",
            { value: id },
            `${title || plan.noTitle} (${id.slice(-4)}${status === "failed" ? " ✗" : ""})`,
          ),
        ),
      );
      this.own.value = this.shown?.id ?? "";
    } catch {
      // The list is a help: without it a plan can still be made.
      this.ownBox.hidden = true;
    }
  }

  /** Tells what went wrong with a request. */
  private ask(error: unknown, again: () => void): void {
    this.showProgress(null);
    if (error instanceof Refused) {
      this.asked.open = true;
      this.form.refuse(error.problem);
      return;
    }
    this.failed("plan", error, again);
  }

  private failed(kind: string, error: unknown, again: () => void): void {
    if (isAbort(error)) return;
    const { texts, plan } = this.spoken;
    if (error instanceof RequestError && error.needsToken) {
      this.events.onAccess();
      return;
    }
    const known = error instanceof RequestError ? plan.errors[error.kind] : undefined;
    this.notices.show(kind, known ?? explain(error, texts), texts.close, {
      text: texts.retry,
      run: again,
    });
  }
}
