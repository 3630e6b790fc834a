import { h } from "../dom";
import { type Band, type Count, type Counted, countCode, countOf } from "../format/count";
import type { Language } from "../texts";

/** A count as it is shown: what stands first, and how far the noise reaches. */
export function countParts(
  { texts, format }: Language,
  count: Count,
): { text: string; interval: string | null } {
  const whole = (value: number) => format.integer(value);
  switch (count.form) {
    case "exact":
      return { text: whole(count.value), interval: null };
    case "band":
      return { text: bandText({ texts, format }, count.band), interval: null };
    case "noise":
      return {
        text: whole(count.value),
        interval: texts.countNoise(whole(count.low), whole(count.high)),
      };
  }
}

/** A band as it is shown. */
export function bandText(
  { texts, format }: Pick<Language, "texts" | "format">,
  band: Band,
): string {
  const low = format.integer(band.low);
  if (band.high === null) {
    return texts.countOpen(low);
  }
  return band.high === band.low ? low : texts.intervalOf(low, format.integer(band.high));
}

/** A count for those who listen: signs such as a dash or a plus are not all read out. */
export function countInWords({ texts, format }: Language, count: Count): string {
  const whole = (value: number) => format.integer(value);
  switch (count.form) {
    case "exact":
      return whole(count.value);
    case "band":
      return count.band.high === null
        ? texts.countOpenInWords(whole(count.band.low))
        : texts.countBandInWords(whole(count.band.low), whole(count.band.high));
    case "noise":
      return texts.countNoiseInWords(whole(count.value), whole(count.low), whole(count.high));
  }
}

/**
 * The elements of a count: what is seen, and the same in words for assistive
 * technology. Nothing where none is given. In a narrow column, whose head says
 * that there is noise, the interval stands alone.
 */
export function countElements(
  language: Language,
  counted: Counted,
  width: "full" | "short" = "full",
): HTMLElement[] {
  const count = countOf(counted);
  if (!count) {
    return [];
  }
  const { text, interval } = countParts(language, count);
  const value = { value: countCode(count), class: `count-${count.form}` };
  if (count.form === "exact") {
    return [h("data", value, text)];
  }
  const { texts, format } = language;
  const seen =
    count.form === "noise" && width === "short"
      ? texts.intervalOf(format.integer(count.low), format.integer(count.high))
      : interval;
  const words = countInWords(language, count);
  return [
    h("data", { ...value, "aria-hidden": "true", title: words }, text),
    ...(seen === null ? [] : [h("span", { class: "interval", "aria-hidden": "true" }, seen)]),
    h("span", { class: "hidden" }, words),
  ];
}
