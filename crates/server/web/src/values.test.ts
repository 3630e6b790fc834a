import { describe, expect, it } from "vitest";
import { type Client, nextLink, ownAddress, type Question, valuesOf } from "./api/client";
import type { Rows } from "./api/rows";
import { catalog, row } from "./testing";
import { ClassValues } from "./values";

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
  const client = { sample: async () => [1, 2, 3] } as unknown as Client;

  it("are those of the rows, once all are there", () => {
    const values = new ClassValues(client, () => {});
    values.load(layer(10), QUESTION, "rate");
    expect(values.of("rate", rows("loading"))).toBeNull();
    expect(values.of("rate", rows("complete"))).toEqual([9]);
  });

  it("are a sample in a large layer, never the highest rows", async () => {
    let changes = 0;
    const values = new ClassValues(client, () => {
      changes += 1;
    });
    values.load(layer(45_000), QUESTION, "rate");
    expect(values.of("rate", rows("paused"))).toBeNull();
    await Promise.resolve();
    await new Promise((done) => setTimeout(done));
    expect(changes).toBe(1);
    expect(values.of("rate", rows("paused"))).toEqual([1, 2, 3]);
  });

  it("are not waited for where limits do not depend on them", () => {
    const values = new ClassValues(client, () => {});
    values.load(layer(45_000), QUESTION, "class");
    expect(values.of("class", null)).toEqual([]);
    expect(values.of("score", null)).toEqual([]);
  });

  it("are read from the last column of a CSV, without what is empty", () => {
    expect(valuesOf("id,rate\r\nvillage:1,2.5\r\nvillage:2,\r\nvillage:3,0\r\n")).toEqual([2.5, 0]);
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
