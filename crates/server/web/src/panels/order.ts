import type { Row } from "../api/types";
import { countKey } from "../format/count";

export const COLUMNS = ["name", "class", "rate", "count", "score"] as const;
/** A column of the table. */
export type Column = (typeof COLUMNS)[number];

/** An order of the rows. */
export interface Order {
  column: Column;
  descending: boolean;
}

/** Highest score first: what a planner looks for. */
export const FIRST_ORDER: Order = { column: "score", descending: true };

/** The order after a click on the head of a column: figures begin with the highest. */
export function orderAfterClick(order: Order, column: Column): Order {
  return order.column === column
    ? { column, descending: !order.descending }
    : { column, descending: column !== "name" };
}

/** The value that a column is ordered by. */
function key(row: Row, column: Column, rate: "rate" | "eb_rate"): string | number | null {
  switch (column) {
    case "name":
      return row.name ?? row.id;
    case "class":
      return row.gi_z;
    case "rate":
      return row[rate];
    case "count":
      return countKey(row);
    case "score":
      return row.score;
  }
}

/**
 * The same order for the server, which sorts where not all rows are loaded; it
 * too puts a band by its lower end.
 */
export function sortby({ column, descending }: Order, rate: "rate" | "eb_rate"): string {
  const fields = { name: "name", class: "gi_z", rate, count: "count", score: "score" };
  return `${descending ? "-" : ""}${fields[column]}`;
}

/** Rows in an order; empty values come last whichever the direction. */
export function sorted(
  rows: readonly Row[],
  { column, descending }: Order,
  rate: "rate" | "eb_rate",
  collator: Intl.Collator,
): Row[] {
  const turn = descending ? -1 : 1;
  return rows
    .map((row) => ({ row, key: key(row, column, rate) }))
    .sort((a, b) => {
      if (a.key === null || b.key === null) {
        return Number(a.key === null) - Number(b.key === null) || fullest(a.row, b.row, rate);
      }
      const order =
        typeof a.key === "string" || typeof b.key === "string"
          ? collator.compare(String(a.key), String(b.key))
          : a.key - b.key;
      return order * turn || collator.compare(a.row.id, b.row.id);
    })
    .map(({ row }) => row);
}

/** Among rows that a column leaves empty, those that say more come first. */
function fullest(a: Row, b: Row, rate: "rate" | "eb_rate"): number {
  const value = (row: Row) => (row.status === "available" ? (row[rate] ?? 0) : -1);
  return value(b) - value(a) || (a.id < b.id ? -1 : 1);
}

/** Rows whose name, parent or identifier holds a text, whatever its case and accents. */
export function matching(rows: readonly Row[], text: string): readonly Row[] {
  const wanted = fold(text.trim());
  return wanted === ""
    ? rows
    : rows.filter(({ id, name, parent_name }) =>
        [id, name, parent_name].some((part) => part !== null && fold(part).includes(wanted)),
      );
}

function fold(text: string): string {
  return text
    .normalize("NFD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase();
}
