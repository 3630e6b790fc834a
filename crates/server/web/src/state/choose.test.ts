import { describe, expect, it } from "vitest";
import { catalog } from "../testing";
import {
  choose,
  layerChoices,
  measureKept,
  measuresOf,
  periodsOf,
  protectionOf,
  shownLayer,
  themesOf,
} from "./choose";
import { layerForZoom, resolutionOf, zoomsOf } from "./resolution";

const CATALOG = catalog();

describe("choosing a view", () => {
  it("begins with districts, the first theme, its latest period and hotspot classes", () => {
    expect(choose(CATALOG, {})).toEqual({
      view: {
        audience: "public",
        layer: "district",
        theme: "child_marriage",
        period: "2024",
        measure: "class",
        unit: null,
        camera: null,
      },
      missing: [],
    });
  });

  it("takes what is asked for where the release holds it", () => {
    const chosen = choose(CATALOG, { layer: "h3", theme: "child_marriage", measure: "count" });
    expect(chosen?.view).toMatchObject({ layer: "h3", measure: "count" });
    expect(chosen?.missing).toEqual([]);
  });

  it("says what it could not take, and comes as close as it can", () => {
    const chosen = choose(CATALOG, { layer: "h3", theme: "indicator:cm", period: "2019/2021" });
    expect(chosen?.view).toMatchObject({ layer: "h3", theme: "child_marriage", period: "2024" });
    expect(chosen?.missing).toEqual(["theme", "period"]);
  });

  it("keeps no unit of a layer that is not there", () => {
    expect(choose(CATALOG, { layer: "block", unit: "block:1" })?.view.unit).toBeNull();
  });

  it("has no counts and no shrinkage for indicators", () => {
    const chosen = choose(CATALOG, { theme: "indicator:cm", measure: "count" });
    expect(chosen?.view.measure).toBe("class");
    expect(chosen?.missing).toEqual(["measure"]);
    const indicator = CATALOG.themes.find(({ kind }) => kind === "indicator");
    expect(indicator && measuresOf(CATALOG, "district", indicator)).toEqual([
      "class",
      "rate",
      "score",
    ]);
  });

  it("asks outreach first how much was covered, and harm where it clusters", () => {
    const outreach = { ...CATALOG.themes[0], code: "outreach", kind: "outreach" as const };
    const both = {
      ...CATALOG,
      themes: [...CATALOG.themes, outreach as (typeof CATALOG.themes)[number]],
      available: [
        ...CATALOG.available,
        {
          layer: "district",
          theme: "outreach",
          periods: ["2024"],
          protection: "suppressed" as const,
        },
      ],
    };
    expect(choose(both, { theme: "outreach" })?.view.measure).toBe("rate");
    expect(choose(both, { theme: "outreach", measure: "class" })?.view.measure).toBe("class");
    const harm = choose(both, {})?.view;
    if (!harm) throw new Error("there is a view");
    const picked = choose(both, {
      ...measureKept(both, harm, { theme: "outreach" }),
      theme: "outreach",
    });
    expect(picked?.view.measure).toBe("rate");
    expect(picked?.missing).toEqual([]);
    expect(measureKept(both, harm, { theme: "indicator:cm" }).measure).toBe("class");
    expect(measureKept(both, harm, { layer: "state" }).measure).toBe("class");
  });

  it("has no raw rate where counts are bands, and shows the smoothed one instead", () => {
    const banded = {
      ...CATALOG,
      available: CATALOG.available.map((entry) =>
        entry.theme === "child_marriage" && !entry.layer.startsWith("h3")
          ? { ...entry, protection: "banded" as const }
          : entry,
      ),
    };
    const chosen = choose(banded, { layer: "district", measure: "rate" });
    expect(chosen?.view.measure).toBe("eb_rate");
    expect(chosen?.missing).toEqual(["measure"]);
    expect(choose(banded, { layer: "h3", measure: "rate" })?.view.measure).toBe("rate");
    const published = choose(banded, { theme: "indicator:cm", measure: "rate" });
    expect(published?.view.measure).toBe("rate");
  });

  it("know how counts are protected, and that they do not know what they cannot read", () => {
    const available = [
      {
        layer: "a",
        theme: "t",
        periods: [],
        protection: "noise" as const,
        noise_standard_deviation: 7,
      },
      { layer: "b", theme: "t", periods: [] },
      { layer: "c", theme: "t", periods: [], protection: "sealed" as never },
    ];
    const of = (layer: string) => protectionOf({ ...CATALOG, available }, layer, "t");
    expect(of("a")).toEqual({ protection: "noise", deviation: 7 });
    for (const layer of ["b", "c", "d"]) {
      expect(of(layer)).toEqual({ protection: null, deviation: null });
    }
  });

  it("offers all layers of hexagons as one, and no layer without data", () => {
    expect(layerChoices(CATALOG).map(({ id }) => id)).toEqual(["state", "district", "h3"]);
    expect(themesOf(CATALOG, "h3").map(({ code }) => code)).toEqual(["child_marriage"]);
    expect(periodsOf(CATALOG, "h3", "child_marriage")).toEqual(["2023", "2024"]);
  });

  it("is nothing in a release that holds nothing", () => {
    expect(choose({ ...CATALOG, available: [] }, {})).toBeNull();
  });
});

describe("hexagons by zoom", () => {
  const at = (zoom: number) => layerForZoom(CATALOG, "child_marriage", "2024", zoom)?.id;

  it("are the finest that are not finer than suits the zoom, as the server draws them", () => {
    expect([0, 4.9, 6, 7, 8.99, 9, 12, 15].map(at)).toEqual([
      "h3_r4",
      "h3_r4",
      "h3_r4",
      "h3_r5",
      "h3_r5",
      "h3_r6",
      "h3_r6",
      "h3_r6",
    ]);
  });

  it("know at which zooms a layer is drawn", () => {
    const zooms = (layer: string) => zoomsOf(CATALOG, "child_marriage", "2024", layer);
    expect(zooms("h3_r5")).toEqual({ from: 7, to: 8.99 });
    expect(zooms("h3_r6")).toEqual({ from: 9, to: 22 });
    expect(zooms("h3_r9")).toBeNull();
  });

  it("tell their resolution by their identifier", () => {
    expect(resolutionOf("853ca023fffffff")).toBe(5);
    expect(resolutionOf("8a3ca023fffffff")).toBe(10);
  });

  it("are the layer of the table", () => {
    const view = choose(CATALOG, { layer: "h3" })?.view;
    expect(view && shownLayer(CATALOG, view, 8)?.id).toBe("h3_r5");
  });
});
