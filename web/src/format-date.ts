// Dates as text. Times of a model have no zone: they are read and written as UTC.

/** parseDate reads a date as the server writes it. */
export function parseDate(text: string): Date | undefined {
  const found = /^(-?\d{4,6})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?)?Z?$/.exec(text);
  if (!found) return undefined;
  const part = (n: number) => Number(found[n] ?? 0);
  const date = new Date(0);
  date.setUTCFullYear(part(1), part(2) - 1, part(3));
  date.setUTCHours(part(4), part(5), part(6), Math.floor(Number(`0.${found[7] ?? 0}`) * 1000));
  return Number.isNaN(date.getTime()) ? undefined : date;
}

/** namedDates are formats that a locale decides. */
export const namedDates: Record<string, Intl.DateTimeFormatOptions> = {
  'general date': { dateStyle: 'short', timeStyle: 'medium' },
  'long date': { dateStyle: 'full' },
  'medium date': { dateStyle: 'medium' },
  'short date': { year: 'numeric', month: '2-digit', day: '2-digit' },
  'long time': { timeStyle: 'medium' },
  'medium time': { timeStyle: 'short' },
  'short time': { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  d: { year: 'numeric', month: '2-digit', day: '2-digit' },
  D: { dateStyle: 'full' },
  g: { dateStyle: 'short', timeStyle: 'short' },
  G: { dateStyle: 'short', timeStyle: 'medium' },
  t: { timeStyle: 'short' },
  T: { timeStyle: 'medium' },
};

/** isDateFormat tells a format of dates from one of numbers. */
export function isDateFormat(format: string): boolean {
  if (format === '') return false;
  if (namedDates[format] ?? namedDates[format.toLowerCase()]) return true;
  const bare = format.replace(/"[^"]*"|\\./g, '');
  return /[dmyhs]/i.test(bare) && !/[0#]/.test(bare);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function intl(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = locale + JSON.stringify(options);
  let format = formats.get(key);
  if (!format) {
    // Years, months and days of the model, whatever calendar the locale would choose.
    format = new Intl.DateTimeFormat(locale, { ...options, timeZone: 'UTC', calendar: 'gregory' });
    formats.set(key, format);
  }
  return format;
}

/** formatDate writes a date as a format string says. */
export function formatDate(date: Date, format: string, locale: string): string {
  const known = namedDates[format] ?? (format.length > 1 ? namedDates[format.toLowerCase()] : undefined);
  if (known) return intl(locale, known).format(date);
  const tokens = tokenise(format);
  const half = tokens.some((t) => /^(AM\/PM|am\/pm|A\/P|a\/p|t{1,2})$/.test(t.code));
  // In a format of both, the month's name takes the form it has beside a day ("5 января").
  const beside = tokens.some((t) => /^d{1,2}$/i.test(t.code));
  return tokens.map((t) => (t.code ? write(date, t.code, { locale, half, beside }) : t.text)).join('');
}

interface Token {
  code: string;
  text: string;
}

/** tokenise cuts a format into runs of one letter and text between them. */
function tokenise(format: string): Token[] {
  const tokens: Token[] = [];
  const pattern = /"([^"]*)"?|'([^']*)'?|\\(.)|(AM\/PM|am\/pm|A\/P|a\/p)|%?(d+|D+|m+|M+|y+|Y+|h+|H+|n+|s+|S+|t+|f+)|([\s\S])/g;
  for (const [, double, single, escaped, half, code, other] of format.matchAll(pattern)) {
    const text = double ?? single ?? escaped ?? other ?? '';
    tokens.push({ code: half ?? code ?? '', text });
  }
  minutes(tokens);
  return tokens;
}

/** minutes turns an m after an hour or before a second into minutes, as VBA and Excel read it. */
function minutes(tokens: Token[]): void {
  const codes = tokens.filter((t) => t.code);
  codes.forEach((token, i) => {
    if (!/^m{1,2}$/.test(token.code)) return;
    const before = codes[i - 1]?.code ?? '';
    const after = codes[i + 1]?.code ?? '';
    if (/^h/i.test(before) || /^s/i.test(after)) token.code = token.code.replace(/m/g, 'n');
  });
}

function write(date: Date, code: string, how: { locale: string; half: boolean; beside: boolean }): string {
  const { locale, half, beside } = how;
  const two = (n: number, length = code.length) => String(n).padStart(Math.min(length, 2), '0');
  const hours = date.getUTCHours();
  switch (code[0]?.toLowerCase()) {
    case 'd':
      return code.length < 3 ? two(date.getUTCDate()) : part(date, 'weekday', { weekday: code.length === 3 ? 'short' : 'long' }, locale);
    case 'm':
      if (code.length < 3) return two(date.getUTCMonth() + 1);
      return part(date, 'month', { month: code.length === 3 ? 'short' : code.length === 5 ? 'narrow' : 'long', ...(beside && { day: 'numeric' }) }, locale);
    case 'y':
      return code.length <= 2 ? two(date.getUTCFullYear() % 100, 2) : String(date.getUTCFullYear()).padStart(4, '0');
    case 'h':
      return two(half ? hours % 12 || 12 : hours);
    case 'n':
      return two(date.getUTCMinutes());
    case 's':
      return two(date.getUTCSeconds());
    case 'f':
      return String(date.getUTCMilliseconds()).padStart(3, '0').padEnd(code.length, '0').slice(0, code.length);
    default:
      return halfOfDay(code, hours);
  }
}

function halfOfDay(code: string, hours: number): string {
  const text = hours < 12 ? 'AM' : 'PM';
  const short = code.length === 1 || code.length === 3;
  const cased = /^a/.test(code) ? text.toLowerCase() : text;
  return short ? cased.slice(0, 1) : cased;
}

function part(date: Date, type: string, options: Intl.DateTimeFormatOptions, locale: string): string {
  return intl(locale, options).formatToParts(date).find((p) => p.type === type)?.value ?? '';
}

/** axisDate is a date as the labels of a time axis show it, as fine as the axis is long. */
export function axisDate(time: number, span: number, locale: string): string {
  const day = 86_400_000;
  const date = new Date(time);
  if (span <= 2 * day) return intl(locale, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(date);
  if (span <= 120 * day) return intl(locale, { day: 'numeric', month: 'short' }).format(date);
  if (span <= 6 * 366 * day) return intl(locale, { month: 'short', year: 'numeric' }).format(date);
  return intl(locale, { year: 'numeric' }).format(date);
}
