import { describe, expect, it } from "vitest";
import { countOf } from "../format/count";
import { Formatter } from "../format/number";
import { en } from "../texts/en";
import { hi } from "../texts/hi";
import { countInWords, countParts } from "./count";

const EXACT = { count: 12, count_low: 12, count_high: 12 };
const BAND = { count: null, count_low: 5, count_high: 9 };
const OPEN = { count: null, count_low: 50, count_high: null };
const NOISE = { count: 27, count_low: 19, count_high: 35 };

describe("the count in words", () => {
  const english = { code: "en", texts: en, format: new Formatter(en.locale) };
  const hindi = { code: "hi", texts: hi, format: new Formatter(hi.locale) };
  const all = [EXACT, BAND, OPEN, NOISE, { count: 123456, count_low: 123450, count_high: 123462 }];
  const given = all.flatMap((fields) => countOf(fields) ?? []);

  it("shows the band, or the number and how far the noise reaches", () => {
    expect(given.map((count) => countParts(english, count))).toEqual([
      { text: "12", interval: null },
      { text: "5–9", interval: null },
      { text: "50+", interval: null },
      { text: "27", interval: "(19–35 with noise)" },
      { text: "1,23,456", interval: "(1,23,450–1,23,462 with noise)" },
    ]);
  });

  it("is said in full to those who listen", () => {
    expect(given.slice(0, 4).map((count) => countInWords(english, count))).toEqual([
      "12",
      "5 to 9",
      "50 or more",
      "27, with random noise, likely between 19 and 35",
    ]);
  });

  it("is said in Hindi as well", () => {
    expect(given.slice(1, 4).map((count) => countInWords(hindi, count))).toEqual([
      "5 से 9",
      "50 या अधिक",
      "27, यादृच्छिक शोर सहित, संभवतः 19 और 35 के बीच",
    ]);
    expect(given.slice(1, 4).map((count) => countParts(hindi, count).interval)).toEqual([
      null,
      null,
      "(शोर सहित 19–35)",
    ]);
  });
});
