import { RequestError } from "../api/problem";
import { h } from "../dom";
import type { Texts } from "../texts";

/** An error in words that say what to do. */
export function explain(error: unknown, { errors }: Texts): string {
  if (!(error instanceof RequestError)) {
    return errors.unreadable;
  }
  const known = (errors as Record<string, unknown>)[error.kind];
  if (typeof known === "string") {
    return known;
  }
  return errors.other(error.title, error.detail) || errors.unreadable;
}

interface Action {
  text: string;
  run(): void;
}

/** Messages over the map; one of each kind at a time. */
export class Notices {
  readonly element = h("div", { class: "notices", role: "status" });
  private readonly shown = new Map<string, HTMLElement>();

  show(kind: string, message: string, close: string, action?: Action): void {
    const buttons = [
      action
        ? h("button", { type: "button", class: "button" }, action.text, {
            onclick: () => {
              this.hide(kind);
              action.run();
            },
          })
        : null,
      h("button", { type: "button", class: "icon icon-close", "aria-label": close }, [], {
        onclick: () => this.hide(kind),
      }),
    ];
    const notice = h("div", { class: "notice card", "data-notice": kind }, [
      h("p", null, message),
      ...buttons,
    ]);
    this.shown.get(kind)?.remove();
    this.shown.set(kind, notice);
    this.element.append(notice);
  }

  /** A message that goes by itself. */
  pass(kind: string, message: string, close: string): void {
    this.show(kind, message, close);
    const notice = this.shown.get(kind);
    setTimeout(() => {
      if (this.shown.get(kind) === notice) this.hide(kind);
    }, 8_000);
  }

  hide(kind: string): void {
    this.shown.get(kind)?.remove();
    this.shown.delete(kind);
  }
}

/** A page that stands in for the map when there is nothing to show. */
export function fullPage(
  title: string,
  message: string,
  command: string | null,
  actions: Action[],
): HTMLElement {
  return h("main", { class: "full-page", id: "main" }, [
    h("h1", null, title),
    h("p", { role: "alert" }, message),
    command === null ? null : h("pre", { tabindex: 0 }, h("code", null, command)),
    h(
      "div",
      { class: "buttons" },
      actions.map(({ text, run }, position) =>
        h(
          "button",
          { type: "button", class: `button ${position === 0 ? "button-main" : ""}` },
          text,
          {
            onclick: run,
          },
        ),
      ),
    ),
  ]);
}
