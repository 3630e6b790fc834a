import { describe, expect, it } from "vitest";
import { catalog } from "../testing";
import {
  allTeamDays,
  firstAsk,
  missing,
  plannable,
  slotOf,
  toSend,
  withField,
  withTeams,
  withVillage,
  workingDays,
} from "./ask";
import type { Fault } from "./types";

const start = () => firstAsk(catalog(), new Date("2026-11-26T12:00:00Z"));

describe("the request", () => {
  it("begins with child marriage, two teams, and a Monday at least a week away", () => {
    const ask = start();
    expect(ask.themes).toEqual({ child_marriage: 1 });
    expect(ask.from).toBe("2026-12-07");
    expect(ask.teams.map(({ name }) => name)).toEqual(["A", "B"]);
    expect(missing(ask)).toEqual(["areas"]);
  });

  it("offers only themes that say how many children a visit may reach", () => {
    const offered = catalog();
    const indicator = offered.themes.find(({ code }) => code === "indicator:cm");
    expect(plannable(offered).map(({ code }) => code)).toEqual(["child_marriage"]);
    if (indicator) indicator.unit = "%";
    expect(plannable(offered).map(({ code }) => code)).toEqual(["child_marriage", "indicator:cm"]);
  });

  it("counts working days without Sundays and holidays", () => {
    const ask = start();
    expect(workingDays(ask)).toBe(36);
    expect(workingDays({ ...ask, holidays: ["2026-12-25", "2026-12-27"] })).toBe(35);
    expect(workingDays({ ...ask, weekdays: ["Sun"] })).toBe(6);
    expect(workingDays({ ...ask, from: "" })).toBe(0);
    expect(allTeamDays(withTeams(ask, 3))).toBe(108);
  });

  it("keeps teams that stay and gives new ones names of their own", () => {
    const named = { ...start(), teams: [{ name: "B", base: "block:1" }] };
    const three = withTeams(named, 3);
    expect(three.teams.map(({ name }) => name)).toEqual(["B", "A", "C"]);
    expect(three.teams[0]?.base).toBe("block:1");
    expect(withTeams(three, 1).teams).toEqual(named.teams);
    const many = withTeams(named, 60).teams.map(({ name }) => name);
    expect(new Set(many).size).toBe(60);
  });

  it("sends no budget that is all there is, and nothing that was left empty", () => {
    const teams = [
      { name: "A", base: "block:7" },
      { name: "B", base: "" },
    ];
    const ask = { ...start(), teams };
    const sent = toSend({
      ...ask,
      budget_team_days: 72,
      service_radius_km: 5,
      exploration_share: 0,
    });
    expect(sent.teams).toEqual([{ name: "A", base: "block:7" }, { name: "B" }]);
    expect(sent).not.toHaveProperty("budget_team_days");
    expect(sent).not.toHaveProperty("service_radius_km");
    expect(sent).not.toHaveProperty("exploration_share");
    for (const days of [71, 73.5]) {
      expect(toSend({ ...ask, budget_team_days: days }).budget_team_days).toBe(days);
    }
  });

  it("changes a field within a field and leaves the rest", () => {
    const ask = { ...start(), floors: { least_per_block: 3, not_observed_share: 0.5 } };
    const changed = withField(ask, "floors.least_per_block", 1);
    expect(changed.floors).toEqual({ least_per_block: 1, not_observed_share: 0.5 });
    expect(withField(ask, "budget_team_days", 4.5).budget_team_days).toBe(4.5);
    expect(withField(start(), "floors.not_observed_share", 0.1).floors).toEqual({
      not_observed_share: 0.1,
    });
  });

  it("has a village on one list at most", () => {
    const must = withVillage(start(), "village:1", "musts");
    expect(must.musts).toEqual(["village:1"]);
    const not = withVillage(must, "village:1", "must_nots");
    expect([not.musts, not.must_nots]).toEqual([[], ["village:1"]]);
    expect(withVillage(not, "village:1", null).must_nots).toEqual([]);
  });

  it("finds the field of a fault by the nearest part of its path", () => {
    const slots = ["teams", "teams[0].base", "pace", "weeks"];
    const of = (field?: string) =>
      slotOf({ code: "x", message: "", remedies: [], ...(field ? { field } : {}) } as Fault, slots);
    expect(of("weeks")).toBe("weeks");
    expect(of("teams[0].base")).toBe("teams[0].base");
    expect(of("teams[4].base")).toBe("teams");
    expect(of("pace.hours_per_day")).toBe("pace");
    expect(of("seed")).toBeNull();
    expect(of()).toBeNull();
  });
});
