import { describe, expect, it } from "vitest";
import { catalog } from "../testing";
import { contextOf } from "./scene";

describe("the outlines that help to find one's way", () => {
  it("are of the next wider level that the release has", () => {
    const release = catalog();
    const of = (layer: string) => contextOf(release, layer)?.id ?? null;
    expect(of("h3")).toBe("district");
    expect(of("village")).toBe("district");
    expect(of("district")).toBe("state");
    expect(of("district@2011")).toBe("state");
    expect(of("state")).toBeNull();
  });

  it("are of the same vintage where there is one", () => {
    const release = catalog();
    const [first] = release.layers;
    if (!first) throw new Error("the catalog has layers");
    release.layers.push({ ...first, id: "state@2011" });
    expect(contextOf(release, "district@2011")?.id).toBe("state@2011");
    expect(contextOf(release, "district")?.id).toBe("state");
  });
});
