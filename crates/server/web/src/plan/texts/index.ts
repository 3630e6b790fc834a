import { en, type PlanTexts } from "./en";

/** The planner's texts in a language; English where they cannot be loaded. */
export async function planTexts(code: string): Promise<PlanTexts> {
  if (code !== "hi") {
    return en;
  }
  const module = await import("./hi").catch(() => null);
  return module?.hi ?? en;
}
