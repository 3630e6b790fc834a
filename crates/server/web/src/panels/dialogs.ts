import { AUDIENCES, type Audience, type Catalog } from "../api/types";
import { h } from "../dom";
import type { Language } from "../texts";
import { privacyPage } from "./context";

/** Opens a dialog that Escape, its button and a click beside it close. */
function open(title: string, close: string, content: (HTMLElement | null)[]): HTMLDialogElement {
  const dialog = h("dialog", { class: "dialog", "aria-label": title }, [
    h("header", { class: "details-head" }, [
      h("h2", null, title),
      h("button", { type: "button", class: "icon icon-close", "aria-label": close }, [], {
        onclick: () => dialog.close(),
      }),
    ]),
    ...content,
  ]);
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

/** Methods and caveats of the release. */
export function openAbout(catalog: Catalog, language: Language, manifest: string): void {
  const { texts, format } = language;
  const link = (href: string, text: string) => h("li", null, h("a", { href }, text));
  open(texts.about, texts.close, [
    h("p", { class: "note" }, [
      `${texts.release} `,
      h("code", null, catalog.release_id),
      ` · ${texts.audiences[catalog.audience]}`,
      catalog.data_as_of === null ? null : ` · ${texts.dataAsOf(format.day(catalog.data_as_of))}`,
    ]),
    h("h3", null, texts.caveats),
    h(
      "ul",
      null,
      [texts.neverMerged, ...catalog.caveats].map((text) => h("li", null, text)),
    ),
    h("h3", null, texts.methods),
    h(
      "dl",
      { class: "methods" },
      Object.entries(catalog.methods).flatMap(([columns, text]) => [
        h("dt", null, h("code", null, columns)),
        h("dd", null, text),
      ]),
    ),
    h("ul", { class: "links" }, [
      link(privacyPage(language), texts.privacyPage),
      link(manifest, texts.manifest),
      link(new URL("./openapi.json", document.baseURI).href, texts.api),
    ]),
    catalog.attribution === ""
      ? null
      : h("p", { class: "note" }, texts.attribution(catalog.attribution)),
  ]);
}

/** Asks for an audience and its token. */
export function openAccess(
  { texts }: Language,
  current: { audience: Audience; token: string | null; message: string | null },
  events: { onUse(audience: Audience, token: string | null): void; onForget(): void },
): void {
  const select = h(
    "select",
    { id: "audience", name: "audience" },
    AUDIENCES.map((audience) => h("option", { value: audience }, texts.audiences[audience])),
  );
  select.value = current.audience;
  const token = h("input", {
    id: "token",
    type: "password",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": "access-hint",
  });
  token.value = current.token ?? "";
  const form = h(
    "form",
    { class: "form" },
    [
      h("label", { for: "audience" }, texts.audience),
      select,
      h("label", { for: "token" }, texts.token),
      token,
      h("p", { id: "access-hint", class: "note" }, texts.accessHint),
      current.message === null
        ? null
        : h("p", { class: "failure", role: "alert" }, current.message),
      h("div", { class: "buttons" }, [
        h("button", { type: "submit", class: "button button-main" }, texts.useToken),
        current.token === null
          ? null
          : h("button", { type: "button", class: "button" }, texts.forgetToken, {
              onclick: () => {
                events.onForget();
                dialog.close();
              },
            }),
      ]),
    ],
    {
      onsubmit: (event) => {
        // Nothing is sent by the form itself; the token goes into headers only.
        event.preventDefault();
        dialog.close();
        const audience = AUDIENCES.find((known) => known === select.value) ?? "public";
        events.onUse(audience, token.value.trim() || null);
      },
    },
  );
  const dialog = open(texts.access, texts.close, [form]);
}
