import type { Catalog } from "../api/types";
import { h } from "../dom";
import { LANGUAGES, type Language } from "../texts";

export interface HeaderEvents {
  onAbout(): void;
  onAccess(): void;
  onCopy(): void;
  onLanguage(code: string): void;
  /** Opens the planner's page, where there is one. */
  onPlan?: () => void;
}

/** Name, release, and what can be done with the page as a whole. */
export function header(language: Language, catalog: Catalog, events: HeaderEvents): HTMLElement {
  const { texts, format } = language;
  const button = (text: string, name: string, action: () => void) =>
    h(
      "button",
      { type: "button", class: `button tool tool-${name}`, title: text },
      [
        h("span", { class: "tool-icon", "aria-hidden": "true" }),
        h("span", { class: "tool-text" }, text),
      ],
      { onclick: action },
    );
  const languages = h(
    "select",
    { class: "languages", "aria-label": texts.chooseLanguage },
    LANGUAGES.map(({ code, name }) => h("option", { value: code, lang: code }, name)),
    { onchange: () => events.onLanguage(languages.value) },
  );
  languages.value = language.code;
  return h("header", { class: "header" }, [
    h("div", { class: "brand" }, [
      h("img", { src: "./icon.svg", alt: "", width: 26, height: 26 }),
      h("h1", null, texts.title),
    ]),
    h("p", { class: "release-line" }, [
      h("span", { class: "audience" }, texts.audiences[catalog.audience]),
      h("span", null, [`${texts.release} `, h("code", null, catalog.release_id)]),
      catalog.data_as_of === null
        ? null
        : h("span", { class: "as-of" }, texts.dataAsOf(format.day(catalog.data_as_of))),
    ]),
    h("div", { class: "tools" }, [
      ...(events.onPlan ? [button(texts.planCampaign, "plan", events.onPlan)] : []),
      button(texts.about, "about", events.onAbout),
      button(texts.copyLink, "copy", events.onCopy),
      button(texts.access, "access", events.onAccess),
      languages,
    ]),
  ]);
}
