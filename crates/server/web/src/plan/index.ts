// The planner's page, loaded when it is opened.

import type { Client } from "../api/client";
import type { Catalog } from "../api/types";
import type { Language } from "../texts";
import { type PageEvents, PlanPage } from "./page";
import "./plan.css";
import { planTexts } from "./texts";

/** Opens the planner's page in the language of the map. */
export async function openPlanner(
  root: HTMLElement,
  client: Client,
  language: Language,
  catalog: Catalog,
  planId: string | null,
  events: PageEvents,
): Promise<PlanPage> {
  const plan = await planTexts(language.code);
  return new PlanPage(root, client, { ...language, plan }, catalog, planId, events);
}
