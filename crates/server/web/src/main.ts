import "./style/index.css";
import { Client } from "./api/client";
import { RequestError } from "./api/problem";
import type { Audience, Catalog } from "./api/types";
import { App } from "./app";
import { h } from "./dom";
import { openAccess } from "./panels/dialogs";
import { explain, fullPage } from "./panels/notices";
import { keepToken, sessionToken } from "./session";
import { readAddress } from "./state/address";
import { choose } from "./state/choose";
import type { View } from "./state/view";
import { type Language, language } from "./texts";

const RELEASE_COMMAND = "safeground release --lake LAKE --releases RELEASES --seed 7";

let running: App | null = null;
let token = sessionToken();

/** Begins, or begins again for another audience or language. */
async function boot(root: HTMLElement, wanted: Partial<View>): Promise<void> {
  running?.stop();
  running = null;
  const spoken = await language();
  document.documentElement.lang = spoken.code;
  const audience = wanted.audience ?? "public";
  const client = new Client();
  client.access = { audience, token };
  root.replaceChildren(
    h("main", { class: "full-page", "aria-busy": "true" }, [
      h("h1", null, spoken.texts.title),
      h("p", { role: "status" }, spoken.texts.loading),
    ]),
  );
  const again = (change: Partial<View> = {}) => void boot(root, { ...wanted, ...change });
  const access = (message: string | null) => askForAccess(spoken, audience, message, again);
  let catalog: Catalog;
  try {
    catalog = await client.catalog();
  } catch (error) {
    root.replaceChildren(failure(error, spoken, audience, again, access));
    return;
  }
  const chosen = choose(catalog, wanted);
  if (!chosen) {
    const retry = { text: spoken.texts.retry, run: () => again() };
    root.replaceChildren(fullPage(spoken.texts.title, spoken.texts.errors.empty, null, [retry]));
    return;
  }
  running = new App(root, client, spoken, catalog, chosen, {
    onAccess: () => access(null),
    onRestart: (view) => void boot(root, view),
  });
}

function failure(
  error: unknown,
  { texts }: Language,
  audience: Audience,
  again: (change?: Partial<View>) => void,
  access: (message: string | null) => void,
): HTMLElement {
  const message = explain(error, texts);
  const retry = { text: texts.retry, run: () => again() };
  const open = { text: texts.access, run: () => access(null) };
  const toPublic =
    audience === "public"
      ? []
      : [{ text: texts.audiences.public, run: () => again({ audience: "public" }) }];
  if (error instanceof RequestError && error.kind === "no-release") {
    const { noReleaseTitle, noRelease } = texts.errors;
    const actions = [retry, open, ...toPublic];
    return fullPage(noReleaseTitle, noRelease, RELEASE_COMMAND, actions);
  }
  const needsToken = error instanceof RequestError && error.needsToken;
  const actions = needsToken ? [open, ...toPublic] : [retry, ...toPublic];
  return fullPage(texts.title, message, null, actions);
}

function askForAccess(
  spoken: Language,
  audience: Audience,
  message: string | null,
  again: (change?: Partial<View>) => void,
): void {
  openAccess(
    spoken,
    { audience, token, message },
    {
      onUse: (chosen, entered) => {
        token = entered;
        keepToken(token);
        again({ audience: chosen });
      },
      onForget: () => {
        token = null;
        keepToken(null);
        again({ audience: "public" });
      },
    },
  );
}

const root = document.getElementById("app");
if (root) {
  void boot(root, readAddress(location.hash));
}
