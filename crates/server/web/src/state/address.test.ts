import { describe, expect, it } from "vitest";
import { readAddress, readPlanAddress, writeAddress, writePlanAddress } from "./address";
import type { View } from "./view";

const VIEW: View = {
  audience: "planning",
  layer: "district@2011",
  theme: "indicator:cm_nfhs5",
  period: "2019/2021",
  measure: "eb_rate",
  unit: "district:220",
  camera: { latitude: 25.61, longitude: 85.1234, zoom: 7.25 },
};

describe("the address of a view", () => {
  it("reads back as the view that was written", () => {
    expect(readAddress(writeAddress(VIEW))).toEqual(VIEW);
  });

  it("is readable: what needs no escape has none", () => {
    expect(writeAddress(VIEW)).toBe(
      "#audience=planning&layer=district@2011&theme=indicator:cm_nfhs5&period=2019/2021" +
        "&measure=eb_rate&unit=district:220&at=25.6100,85.1234,7.25",
    );
  });

  it("leaves out what is as it is by itself", () => {
    const address = writeAddress({ ...VIEW, audience: "public", unit: null, camera: null });
    expect(address).not.toMatch(/audience|unit|at=/);
  });

  it("escapes what would end a part", () => {
    const view = { ...VIEW, unit: "a&b=#c d" };
    expect(readAddress(writeAddress(view))).toEqual(view);
  });

  it("gives nothing for what is not well formed", () => {
    for (const hash of [
      "",
      "#",
      "#at=1,2",
      "#at=99,0,3",
      "#at=0,0,x",
      "#measure=x&audience=boss",
    ]) {
      expect(readAddress(hash), hash).toEqual({});
    }
  });
});

describe("the address of the planner's page", () => {
  it("reads back with its plan, and is none of the map's", () => {
    expect(readPlanAddress(writePlanAddress("plan-0123"))).toEqual({ plan: "plan-0123" });
    expect(readPlanAddress(writePlanAddress(null))).toEqual({ plan: null });
    expect(readPlanAddress(writeAddress(VIEW))).toBeNull();
    expect(readPlanAddress("#page=plan")).toBeNull();
    expect(readAddress(writePlanAddress("x"))).toEqual({ audience: "planning" });
  });
});
