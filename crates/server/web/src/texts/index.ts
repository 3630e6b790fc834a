import { Formatter } from "../format/number";
import { en, type Texts } from "./en";

export type { Texts } from "./en";

/** Languages of the page; texts of all but English are loaded when chosen. */
export const LANGUAGES: { code: string; name: string; load: () => Promise<Texts> }[] = [
  { code: "en", name: "English", load: async () => en },
  { code: "hi", name: "हिन्दी", load: async () => (await import("./hi")).hi },
];

const KEY = "safeground.language";

/** Texts and number formats of a language. */
export interface Language {
  code: string;
  texts: Texts;
  format: Formatter;
}

/** The language that was chosen before; English otherwise. */
export async function language(): Promise<Language> {
  const code = remembered() ?? "en";
  const found = LANGUAGES.find((entry) => entry.code === code);
  const texts = await (found?.load() ?? Promise.resolve(en)).catch(() => en);
  return { code: found?.code ?? "en", texts, format: new Formatter(texts.locale) };
}

/** Remembers a language on this device. */
export function remember(code: string): void {
  try {
    localStorage.setItem(KEY, code);
  } catch {
    // Storage may be switched off; then the choice lasts until the next visit.
  }
}

function remembered(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
