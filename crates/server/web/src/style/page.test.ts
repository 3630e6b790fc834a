import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

/** Values of the variables of a style sheet: those of daylight, then those of the dark. */
function variables(file: string): [string, string][] {
  const text = readFileSync(new URL(file, import.meta.url), "utf8");
  return [...text.matchAll(/--([\w-]+):\s*(#\w+);/g)].map(([, name = "", value = ""]) => [
    name,
    value,
  ]);
}

describe("pages that the server writes itself", () => {
  it("have the colours of the app, in the light and in the dark", () => {
    const page = variables("../../public/page.css");
    const names = new Set(page.map(([name]) => name));
    expect(page.length).toBe(2 * names.size);
    expect(page).toEqual(variables("./base.css").filter(([name]) => names.has(name)));
  });
});
