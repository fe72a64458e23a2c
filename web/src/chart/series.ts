// Rows of an answer as series over categories.
import { formatCell, label, numberOf } from '../format';
import { parseDate } from '../format-date';
import type { Cell, Column, Result } from '../wire';

export interface Series {
  name: string;
  column: Column;
  values: (number | null)[];
  /** Drawn against the second axis. */
  second: boolean;
}

export interface Data {
  categories: string[];
  /** Milliseconds of each category where it is a date, in order; otherwise absent. */
  times?: number[];
  series: Series[];
  /** The series have names that tell them apart, so they are listed. */
  listed: boolean;
}

/** series turns rows into one list of values per series, in the order in which both appear. */
export function series(result: Result, locale: string): Data {
  const indexed = result.columns.map((column, at) => ({ column, at }));
  const axes = indexed.filter(({ column }) => column.group && column.role !== 'Series' && !/tooltip/i.test(column.role));
  const legend = indexed.find(({ column }) => column.group && column.role === 'Series');
  const values = indexed.filter(({ column }) => !column.group && !/tooltip/i.test(column.role));
  const { keys, categories, times } = order(result, axes, locale);
  const list = new Map<string, Series>();
  result.rows.forEach((row) => {
    const at = keys.get(keyOf(row, axes)) ?? 0;
    const group = legend ? label(row[legend.at], legend.column, locale) : '';
    for (const { column, at: from } of values) {
      const name = !legend ? column.name : values.length > 1 ? `${group} – ${column.name}` : group;
      const key = `${group}\u0000${from}`;
      let one = list.get(key);
      if (!one) list.set(key, (one = { name, column, values: new Array<number | null>(categories.length).fill(null), second: column.role === 'Y2' }));
      one.values[at] = numberOf(row[from], column.type) ?? null;
    }
  });
  return { categories, times, series: [...list.values()], listed: legend !== undefined || values.length > 1 };
}

interface Indexed {
  column: Column;
  at: number;
}

function keyOf(row: Cell[], axes: Indexed[]): string {
  return JSON.stringify(axes.map(({ at }) => row[at] ?? null));
}

function order(result: Result, axes: Indexed[], locale: string): { keys: Map<string, number>; categories: string[]; times?: number[] } {
  const found = new Map<string, Cell[]>();
  for (const row of result.rows) {
    const key = keyOf(row, axes);
    if (!found.has(key)) found.set(key, row);
  }
  let entries = [...found];
  const [only] = axes;
  let times: number[] | undefined;
  if (only && axes.length === 1 && only.column.type === 'dateTime') {
    const timed = entries.map(([key, row]) => ({ key, row, time: parseDate(String(row[only.at]))?.getTime() }));
    if (timed.every((e) => e.time !== undefined)) {
      // A line runs through time whatever the order of the rows.
      timed.sort((a, b) => (a.time ?? 0) - (b.time ?? 0));
      entries = timed.map(({ key, row }) => [key, row]);
      times = timed.map((e) => e.time ?? 0);
    }
  }
  const name = (row: Cell[]) => axes.map(({ column, at }) => label(row[at], column, locale)).join(' · ');
  return { keys: new Map(entries.map(([key], i) => [key, i])), categories: entries.map(([, row]) => name(row)), times };
}

/** summary says in a sentence or two what a chart shows. */
export function summary(data: Data, locale: string): string {
  const parts = data.series.slice(0, 4).map((one) => {
    const known = one.values.flatMap((value, i) => (value === null ? [] : [{ value, i }]));
    if (known.length === 0) return `${one.name}: no values.`;
    const high = known.reduce((a, b) => (b.value > a.value ? b : a));
    const low = known.reduce((a, b) => (b.value < a.value ? b : a));
    const say = ({ value, i }: { value: number; i: number }) => `${formatCell(value, one.column, locale)} (${data.categories[i] ?? ''})`;
    return `${one.name}: highest ${say(high)}, lowest ${say(low)}.`;
  });
  const rest = data.series.length > 4 ? ` And ${data.series.length - 4} more series.` : '';
  return `${data.categories.length} categories. ${parts.join(' ')}${rest}`;
}
