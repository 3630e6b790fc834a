import { describe, expect, it } from "vitest";
import { type Client, nextLink, ownAddress, type Question, sampleOf } from "./api/client";
import type { Rows } from "./api/rows";
import { NO_VALUES } from "./scale/scale";
import { catalog, row } from "./testing";
import { ClassValues } from "./values";

const SAMPLE = { numbers: [1, 2, 3], bands: [] };
const QUESTION: Question = { layer: "village", theme: "child_marriage", period: "2024" };

function layer(units: number) {
  const [first] = catalog().layers;
  if (!first) throw new Error("the catalog has layers");
  return { ...first, id: "village", units };
}

function rows(state: Rows["state"]): Rows {
  return { question: QUESTION, rows: [row({ rate: 9 })], total: 1, state, error: null };
}

describe("the values that limits come from", () => {
  const client = { sample: async () => SAMPLE } as unknown as Client;

  it("are those of the rows, once all are there", () => {
    const values = new ClassValues(client, () => {});
    values.load(layer(10), QUESTION, "rate", "burden");
    expect(values.of("rate", "burden", rows("loading"))).toBeNull();
    expect(values.of("rate", "burden", rows("complete"))).toEqual({ numbers: [9], bands: [] });
  });

  it("are a sample in a large layer, never the highest rows", async () => {
    let changes = 0;
    const values = new ClassValues(client, () => {
      changes += 1;
    });
    values.load(layer(45_000), QUESTION, "rate", "burden");
    expect(values.of("rate", "burden", rows("paused"))).toBeNull();
    await Promise.resolve();
    await new Promise((done) => setTimeout(done));
    expect(changes).toBe(1);
    expect(values.of("rate", "burden", rows("paused"))).toEqual(SAMPLE);
  });

  it("are not waited for where limits do not depend on them", () => {
    const values = new ClassValues(client, () => {});
    values.load(layer(45_000), QUESTION, "class", "burden");
    expect(values.of("class", "burden", null)).toEqual(NO_VALUES);
    expect(values.of("score", "burden", null)).toEqual(NO_VALUES);
    expect(values.of("rate", "outreach", null)).toEqual(NO_VALUES);
  });

  it("are read from a CSV, without what is empty", () => {
    const csv = "id,rate\r\nvillage:1,2.5\r\nvillage:2,\r\nvillage:3,0\r\n";
    expect(sampleOf(csv)).toEqual({ numbers: [2.5, 0], bands: [] });
  });

  it("are bands where a count has none of its own", () => {
    const csv = [
      "id,count,count_low,count_high",
      "village:1,,5,9",
      "village:2,,,",
      "village:3,,50,",
      "village:4,27,19,35",
      "",
    ].join("\r\n");
    expect(sampleOf(csv)).toEqual({
      numbers: [27],
      bands: [
        { low: 5, high: 9 },
        { low: 50, high: null },
      ],
    });
  });
});

describe("links of the server", () => {
  it("lead to where this page came from, whatever host the server believes to have", () => {
    Object.assign(globalThis, { document: { baseURI: "https://maps.example.org/" } });
    const own = "https://maps.example.org/collections/a/items?cursor=1.ab";
    expect(ownAddress("http://127.0.0.1:8080/collections/a/items?cursor=1.ab")).toBe(own);
    const header = '<http://127.0.0.1:8080/collections/a/items?cursor=1.ab>; rel="next"';
    expect(nextLink(header)).toBe(own);
    expect(nextLink(`</v1/manifest>; rel="describedby", ${header}`)).toBe(own);
    expect(nextLink('</v1/manifest>; rel="describedby"')).toBeNull();
    expect(nextLink(null)).toBeNull();
  });
});
