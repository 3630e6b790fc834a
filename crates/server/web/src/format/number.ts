/** Numbers and periods as people read them, in the language of the page. */
export class Formatter {
  private readonly whole: Intl.NumberFormat;
  private readonly decimals: Intl.NumberFormat[];
  private readonly monthName: Intl.DateTimeFormat;
  private readonly dayName: Intl.DateTimeFormat;

  constructor(locale: string) {
    const digits = (count: number) =>
      new Intl.NumberFormat(locale, {
        minimumFractionDigits: count,
        maximumFractionDigits: count,
        numberingSystem: "latn",
      });
    this.decimals = [digits(0), digits(1), digits(2), digits(3)];
    this.whole = digits(0);
    const zone = { timeZone: "UTC", numberingSystem: "latn" } as const;
    this.monthName = new Intl.DateTimeFormat(locale, { ...zone, month: "short", year: "numeric" });
    this.dayName = new Intl.DateTimeFormat(locale, {
      ...zone,
      day: "numeric",
      month: "short",
      year: "numeric",
    });
  }

  /** A whole number with its groups of digits. */
  integer(value: number): string {
    return this.whole.format(value);
  }

  /** A rate or value to about three digits. */
  rate(value: number): string {
    const size = Math.abs(value);
    return this.fixed(value, size >= 100 ? 0 : size >= 10 ? 1 : 2);
  }

  /** A number that is exact as it stands, such as the limit of a class. */
  exact(value: number): string {
    const digits = [0, 1, 2].find((count) => Number(value.toFixed(count)) === value) ?? 3;
    return this.fixed(value, digits);
  }

  /** A score from 0 to 100. */
  score(value: number): string {
    return this.fixed(value, 1);
  }

  /** A z-value. */
  z(value: number): string {
    return this.fixed(value, 2);
  }

  /** A q-value. */
  q(value: number): string {
    return value < 0.001 ? `< ${this.fixed(0.001, 3)}` : this.fixed(value, 3);
  }

  /** A month, quarter, year or span of years. */
  period(text: string): string {
    const quarter = /^(\d{4})-(Q[1-4])$/.exec(text);
    if (quarter) {
      return `${quarter[2]} ${quarter[1]}`;
    }
    const month = /^(\d{4})-(\d{2})$/.exec(text);
    if (month) {
      return this.monthName.format(Date.UTC(Number(month[1]), Number(month[2]) - 1, 1));
    }
    return text.replace("/", "–");
  }

  /** A day given as ISO 8601. */
  day(text: string): string {
    const time = Date.parse(`${text.slice(0, 10)}T00:00:00Z`);
    return Number.isNaN(time) ? text : this.dayName.format(time);
  }

  private fixed(value: number, digits: 0 | 1 | 2 | 3 | number): string {
    return (this.decimals[digits] ?? this.whole).format(value);
  }
}
