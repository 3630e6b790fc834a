import { h } from "../dom";
import type { Pointed } from "../map/map";
import { datum } from "./cells";
import { rawTitle, type Shown, unitName } from "./context";
import { countElements } from "./count";

/**
 * What the unit under the pointer shows. It repeats what the table and the
 * details say, so assistive technology need not read it.
 */
export class Tooltip {
  readonly element = h("div", { class: "tooltip card", "aria-hidden": "true", hidden: true });

  hide(): void {
    this.element.hidden = true;
  }

  show(shown: Shown, pointed: Pointed): void {
    const { texts, format } = shown.language;
    const number = (name: string) => {
      const value = pointed.measures[name];
      return typeof value === "number" ? value : null;
    };
    const rate = (value: number) => format.rate(value);
    const interval = (low: string, high: string) => {
      const [from, to] = [number(low), number(high)];
      return from === null || to === null
        ? null
        : h("span", { class: "interval" }, texts.intervalOf(rate(from), rate(to)));
    };
    const line = (term: string, name: string, ...parts: (HTMLElement | null)[]) =>
      parts[0] ? [h("dt", null, term), h("dd", { "data-measure": name }, parts)] : [];
    const { status, gi_class } = pointed.measures;
    const heading = h("p", { class: "tooltip-name" }, unitName(shown.language, pointed));
    const body =
      status === "available"
        ? h("dl", { class: "figures" }, [
            ...line(
              texts.ebRate,
              "eb_rate",
              datum(number("eb_rate"), rate),
              interval("eb_low", "eb_high"),
            ),
            ...line(
              rawTitle(shown.language, shown.theme.kind),
              "rate",
              datum(number("rate"), rate),
              interval("rate_low", "rate_high"),
            ),
            ...line(
              texts.numberOf,
              "count",
              ...countElements(shown.language, {
                count: number("count"),
                count_low: number("count_low"),
                count_high: number("count_high"),
              }),
            ),
            ...line(
              texts.qValue,
              "gi_q",
              datum(number("gi_q"), (n) => format.q(n)),
            ),
            ...line(
              texts.score,
              "score",
              datum(number("score"), (n) => format.score(n)),
            ),
          ])
        : h("p", { class: "tooltip-status" }, texts.statuses[status]);
    this.element.replaceChildren(
      heading,
      ...(gi_class ? [h("p", { class: "tooltip-class" }, texts.classes[gi_class])] : []),
      body,
      ...(status === "available" ? [h("p", { class: "note" }, shown.theme.unit)] : []),
    );
    this.element.dataset["unit"] = pointed.id;
    this.element.hidden = false;
    this.place(pointed);
  }

  /** Beside the pointer, within the map. */
  private place({ x, y }: Pointed): void {
    const parent = this.element.parentElement;
    if (!parent) {
      return;
    }
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const left = x + 16 + width > parent.clientWidth ? Math.max(4, x - width - 16) : x + 16;
    const top = Math.min(
      Math.max(4, y - height / 2),
      Math.max(4, parent.clientHeight - height - 4),
    );
    this.element.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  }
}
