import { describe, expect, it } from "vitest";
import { en } from "./en";
import { hi } from "./hi";

describe("the texts", () => {
  it("are all there in Hindi and none was left in English", () => {
    const same = new Set(["title", "class", "measure"]);
    const compare = (a: object, b: object, path: string) => {
      for (const [name, value] of Object.entries(a)) {
        const other = (b as Record<string, unknown>)[name];
        const at = `${path}${name}`;
        if (typeof value === "string") {
          expect(typeof other, at).toBe("string");
          if (!same.has(at)) expect(other, at).not.toBe(value);
        } else if (typeof value === "function") {
          expect(typeof other, at).toBe("function");
        } else {
          compare(value, other as object, `${at}.`);
        }
      }
    };
    compare(en, hi, "");
  });
});
