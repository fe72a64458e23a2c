// Values as text: format strings of models (those of Excel and VBA), with the separators and
// names of a locale.
import { formatDate, isDateFormat, parseDate } from './format-date';
import type { Cell, Column, Result } from './wire';

/** Written is a cell as text, as the column's format says. */
export function formatCell(value: Cell | undefined, column: Pick<Column, 'type' | 'format'>, locale: string): string {
  if (value === null || value === undefined) return '';
  const format = column.format?.trim() ?? '';
  if (column.type === 'dateTime' || (typeof value === 'string' && isDateFormat(format) && parseDate(value))) {
    const date = parseDate(String(value));
    return date ? formatDate(date, format || defaultDate(date), locale) : String(value);
  }
  if (typeof value === 'boolean') return formatBoolean(value, format, locale);
  const number = numberOf(value, column.type);
  if (number === undefined) return String(value);
  return formatNumber(number, format || general(column.type), locale);
}

/** columnAt is a column as the value in a row is formatted; the total is the row behind the last. */
export function columnAt(result: Pick<Result, 'columns' | 'formats'>, at: number, row: number): Column {
  const column = result.columns[at] as Column;
  const format = result.formats?.[at]?.[row];
  return format ? { ...column, format } : column;
}

/** numberOf reads a number; a decimal may travel as text to keep its digits. */
export function numberOf(value: Cell | undefined, type: Column['type']): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && value !== '' && type !== 'string' && type !== 'dateTime') {
    const number = Number(value);
    return Number.isNaN(number) ? undefined : number;
  }
  return undefined;
}

/** label is a cell as an axis, a legend or a slicer names it. */
export function label(value: Cell | undefined, column: Pick<Column, 'type' | 'format'>, locale: string): string {
  if (value === null || value === undefined) return '(Blank)';
  return value === '' ? '(Empty)' : formatCell(value, column, locale);
}

function general(type: Column['type']): string {
  return type === 'int64' ? '0' : 'General Number';
}

function defaultDate(date: Date): string {
  const midnight = date.getUTCHours() + date.getUTCMinutes() + date.getUTCSeconds() === 0;
  return midnight ? 'Short Date' : 'General Date';
}

function formatBoolean(value: boolean, format: string, locale: string): string {
  if (/^yes\/no$/i.test(format)) return value ? 'Yes' : 'No';
  if (/^on\/off$/i.test(format)) return value ? 'On' : 'Off';
  if (format.includes(';')) return formatNumber(value ? 1 : 0, format, locale);
  return value ? 'True' : 'False';
}

const named: Record<string, string> = {
  currency: '$#,0.00;($#,0.00)',
  fixed: '0.00',
  standard: '#,0.00',
  percent: '0.00%',
  scientific: '0.00E+00',
};

/** formatNumber writes a number as a format string says. */
export function formatNumber(value: number, format: string, locale: string): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  const known = named[format.toLowerCase()] ?? format;
  if (known === '' || /^general( number)?$/i.test(known)) return plain(value, locale);
  const sections = parse(known);
  const section = choose(sections, value);
  if (!section) return plain(value, locale);
  const text = write(section, Math.abs(value), locale);
  // Only a value that is still negative once rounded carries a sign of its own.
  const unsigned = sections.length > 1 && section === sections[1];
  const sign = value < 0 && !unsigned && /[1-9]/.test(digitsOf(section, value)) ? '-' : '';
  return sign + text;
}

function plain(value: number, locale: string): string {
  const size = Math.abs(value);
  if (size >= 1e15 || (size > 0 && size < 1e-6)) return intl(locale, { notation: 'scientific', maximumFractionDigits: 6 }).format(value);
  return intl(locale, { maximumSignificantDigits: 15, useGrouping: false }).format(value);
}

type Piece = { text: string } | { digit: '0' | '#' | '?' } | { point: true } | { exponent: number; plus: boolean };

interface Section {
  pieces: Piece[];
  grouped: boolean;
  /** Power of ten by which the value is multiplied: % is 2, a trailing comma -3. */
  shift: number;
  whole: number;
  least: number;
  most: number;
  exponent: boolean;
}

const parsed = new Map<string, Section[]>();

function parse(format: string): Section[] {
  let sections = parsed.get(format);
  if (!sections) {
    sections = split(format).map(parseSection);
    parsed.set(format, sections);
  }
  return sections;
}

/** split cuts a format at the semicolons that are not quoted. */
function split(format: string): string[] {
  const parts = [''];
  for (let i = 0; i < format.length; i++) {
    const c = format[i] ?? '';
    let piece = c;
    if (c === '\\') piece += format[++i] ?? '';
    else if (c === '"') {
      const end = format.indexOf('"', i + 1);
      piece = format.slice(i, end < 0 ? undefined : end + 1);
      i += piece.length - 1;
    } else if (c === ';') {
      parts.push('');
      continue;
    }
    parts[parts.length - 1] += piece;
  }
  return parts;
}

function parseSection(format: string): Section {
  const section: Section = { pieces: [], grouped: false, shift: 0, whole: 0, least: 0, most: 0, exponent: false };
  let fraction = false;
  for (let i = 0; i < format.length; i++) {
    const c = format[i] ?? '';
    const exponent = /^E([+-])(0+)/i.exec(format.slice(i));
    if (c === '\\' || c === '_' || c === '*') {
      i++;
      section.pieces.push({ text: c === '\\' ? (format[i] ?? '') : c === '_' ? ' ' : '' });
    } else if (c === '"') {
      const end = format.indexOf('"', i + 1);
      section.pieces.push({ text: format.slice(i + 1, end < 0 ? undefined : end) });
      i = end < 0 ? format.length : end;
    } else if (c === '[') {
      i = Math.max(i, format.indexOf(']', i));
    } else if (exponent) {
      section.exponent = true;
      section.pieces.push({ exponent: exponent[2]?.length ?? 1, plus: exponent[1] === '+' });
      i += exponent[0].length - 1;
    } else if (c === '0' || c === '#' || c === '?') {
      digit(section, c, fraction);
    } else if (c === '.' && !fraction) {
      fraction = true;
      section.pieces.push({ point: true });
    } else if (c === ',') {
      comma(section, format.slice(i + 1), fraction);
    } else {
      if (c === '%') section.shift += 2;
      if (c === '‰') section.shift += 3;
      section.pieces.push({ text: c });
    }
  }
  return section;
}

function digit(section: Section, kind: '0' | '#' | '?', fraction: boolean): void {
  section.pieces.push({ digit: kind });
  if (fraction) {
    section.most++;
    if (kind === '0') section.least = section.most;
  } else if (kind === '0' || section.whole > 0) section.whole++;
}

/** comma groups by thousands between digits, and divides by a thousand after the last one. */
function comma(section: Section, rest: string, fraction: boolean): void {
  const before = section.pieces.some((p) => 'digit' in p);
  const after = /^[,]*[0#?]/.test(rest);
  if (before && after && !fraction) section.grouped = true;
  else if (before && !after) section.shift -= 3;
}

function choose(sections: Section[], value: number): Section | undefined {
  const [positive, negative, zero] = sections;
  if (value < 0 && negative) return negative.pieces.length ? negative : positive;
  if (value === 0 && zero) return zero.pieces.length ? zero : positive;
  return positive;
}

function shifted(section: Section, value: number): number {
  // Through the decimal text, so that 0.07 * 100 is 7 and not 7.000000000000001.
  return section.shift === 0 ? value : Number(`${value}e${section.shift}`) || value * 10 ** section.shift;
}

/** digitsOf is the value rounded as the section rounds it, in plain digits. */
function digitsOf(section: Section, value: number): string {
  const size = Math.abs(shifted(section, value));
  if (!section.pieces.some((p) => 'digit' in p)) return '1';
  if (section.exponent) return String(size);
  return intl('en-US', { minimumFractionDigits: section.least, maximumFractionDigits: section.most, useGrouping: false }).format(size);
}

function write(section: Section, value: number, locale: string): string {
  const { pieces } = section;
  const first = pieces.findIndex((p) => 'digit' in p || 'point' in p);
  if (first < 0) return pieces.map((p) => ('text' in p ? p.text : '')).join('');
  let size = shifted(section, value);
  let power = 0;
  if (section.exponent && size !== 0) {
    power = Math.floor(Math.log10(size)) - Math.max(0, section.whole - 1);
    size /= 10 ** power;
  }
  const { whole, fraction, point } = digits(section, size, locale);
  const last = pieces.findLastIndex((p) => 'digit' in p || 'point' in p);
  const body = interleave(pieces.slice(first, last + 1), whole, fraction && point + fraction);
  const texts = (part: Piece[]) => part.map((p) => ('text' in p ? p.text : 'exponent' in p ? exponentText(p, power) : '')).join('');
  return texts(pieces.slice(0, first)) + body + texts(pieces.slice(last + 1));
}

function exponentText(piece: { exponent: number; plus: boolean }, power: number): string {
  const sign = power < 0 ? '-' : piece.plus ? '+' : '';
  return `E${sign}${String(Math.abs(power)).padStart(piece.exponent, '0')}`;
}

function digits(section: Section, size: number, locale: string): { whole: string; fraction: string; point: string } {
  const options = {
    minimumIntegerDigits: Math.max(1, Math.min(21, section.whole)),
    minimumFractionDigits: Math.min(section.least, 20),
    maximumFractionDigits: Math.min(section.most, 20),
    useGrouping: section.grouped,
  };
  let whole = '';
  let fraction = '';
  let point = '.';
  for (const part of intl(locale, options).formatToParts(size)) {
    if (part.type === 'integer' || part.type === 'group') whole += part.value;
    else if (part.type === 'fraction') fraction = part.value;
    else if (part.type === 'decimal') point = part.value;
  }
  // "#.0" shows no zero before the point.
  if (section.whole === 0 && Number(whole) === 0 && size < 1) whole = '';
  return { whole, fraction, point };
}

/** interleave puts digits where the placeholders stand; text between them keeps its place from the right. */
function interleave(pieces: Piece[], whole: string, fraction: string): string {
  const split = pieces.findIndex((p) => 'point' in p);
  const left = split < 0 ? pieces : pieces.slice(0, split);
  const right = split < 0 ? [] : pieces.slice(split + 1);
  if (!left.some((p) => 'text' in p) && !right.some((p) => 'text' in p)) return whole + fraction;
  let rest = [...whole];
  let text = '';
  const count = left.filter((p) => 'digit' in p).length;
  let seen = 0;
  for (const piece of left.toReversed()) {
    if ('text' in piece) text = piece.text + text;
    else if (++seen === count) {
      text = rest.join('') + text;
      rest = [];
    } else text = (rest.pop() ?? '') + text;
  }
  let tail = fraction;
  for (const piece of right) if ('text' in piece) tail += piece.text;
  return text + tail;
}

const formats = new Map<string, Intl.NumberFormat>();

function intl(locale: string, options: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    format = new Intl.NumberFormat(locale, options);
    formats.set(key, format);
  }
  return format;
}

/** compact is a number for an axis or a narrow card: 12.3M, with the format's currency or percent sign. */
export function compact(value: number, format: string | undefined, locale: string, precision = 3): string {
  const section = parse(named[format?.toLowerCase() ?? ''] ?? format ?? '')[0];
  const percent = section !== undefined && section.shift > 0;
  if (percent) return intl(locale, { style: 'percent', maximumFractionDigits: Math.abs(value) < 0.1 ? 1 : 0 }).format(value);
  const number = intl(locale, { notation: 'compact', maximumSignificantDigits: precision }).format(Math.abs(value));
  const { before, after } = affixes(section);
  return (value < 0 ? '-' : '') + before + number + after;
}

function affixes(section: Section | undefined): { before: string; after: string } {
  const pieces = section?.pieces ?? [];
  const first = pieces.findIndex((p) => 'digit' in p);
  const last = pieces.findLastIndex((p) => 'digit' in p);
  if (first < 0) return { before: '', after: '' };
  const text = (part: Piece[]) => part.map((p) => ('text' in p && p.text !== '+' ? p.text : '')).join('');
  return { before: text(pieces.slice(0, first)), after: text(pieces.slice(last + 1)) };
}

