import "./style/index.css";
import { Client } from "./api/client";
import { RequestError } from "./api/problem";
import type { Audience, Catalog } from "./api/types";
import { App } from "./app";
import { h } from "./dom";
import { openAccess } from "./panels/dialogs";
import { explain, fullPage } from "./panels/notices";
import { keepToken, sessionToken } from "./session";
import { readAddress, readPlanAddress, writePlanAddress } from "./state/address";
import { choose } from "./state/choose";
import type { View } from "./state/view";
import { type Language, language } from "./texts";

const RELEASE_COMMAND = "safeground release --lake LAKE --releases RELEASES --seed 7";

let running: { stop(): void } | null = null;
/** Whether the planner's page stands. */
let planning = false;
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
  const asked = readPlanAddress(location.hash);
  if (asked && catalog.audience === "planning") {
    if (await openPlan(root, client, spoken, catalog, asked.plan, wanted)) {
      return;
    }
  }
  planning = false;
  const chosen = choose(catalog, wanted);
  if (!chosen) {
    const retry = { text: spoken.texts.retry, run: () => again() };
    root.replaceChildren(fullPage(spoken.texts.title, spoken.texts.errors.empty, null, [retry]));
    return;
  }
  running = new App(root, client, spoken, catalog, chosen, {
    onAccess: () => access(null),
    onRestart: (view) => void boot(root, view),
    onPlan: async () => {
      const before = readAddress(location.hash);
      const stopped = running;
      const opened = await openPlan(root, client, spoken, catalog, null, before);
      if (opened) stopped?.stop();
      return opened;
    },
  });
}

/** Opens the planner's page; its code comes when it is first wanted. */
async function openPlan(
  root: HTMLElement,
  client: Client,
  spoken: Language,
  catalog: Catalog,
  plan: string | null,
  before: Partial<View>,
): Promise<boolean> {
  const module = await import("./plan").catch(() => null);
  if (!module) {
    return false;
  }
  // A plan stays with its release; the map says when a newer one is served.
  client.onRelease = () => {};
  if (readPlanAddress(location.hash) === null) {
    history.pushState(null, "", writePlanAddress(plan));
  }
  planning = true;
  const back = (change: Partial<View> = {}) => {
    history.pushState(null, "", "#audience=planning");
    void boot(root, { ...before, audience: "planning", ...change });
  };
  running = await module.openPlanner(root, client, spoken, catalog, plan, {
    onBack: () => back(),
    onAccess: () => askForAccess(spoken, "planning", null, (change) => back(change)),
    onRestart: () => void boot(root, readAddress(location.hash)),
    onPlan: (id) => history.replaceState(null, "", writePlanAddress(id)),
  });
  return true;
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
  // Before the map's own listener: between the two pages everything begins again.
  addEventListener("popstate", () => {
    if (planning !== (readPlanAddress(location.hash) !== null)) {
      void boot(root, readAddress(location.hash));
    }
  });
  void boot(root, readAddress(location.hash));
}
