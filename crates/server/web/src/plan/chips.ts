import { h } from "../dom";

/** A choice that can be taken off. */
export function chip(text: string, off: string, onOff: () => void): HTMLElement {
  return h("li", { class: "chip" }, [
    h("span", null, text),
    h("button", { type: "button", class: "icon icon-close", "aria-label": off }, [], {
      onclick: onOff,
    }),
  ]);
}
