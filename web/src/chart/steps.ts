// Where a time axis is labelled: at even steps of the calendar.

const day = 86_400_000;
const days = [1, 2, 7, 14];
const months = [1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200];

/** steps chooses at most a number of times between the first and the last. */
export function steps(times: number[], most: number): number[] {
  const [first, last] = [times[0] ?? 0, times.at(-1) ?? 0];
  if (times.length <= most) return times;
  const span = last - first;
  if (span <= 2 * day) return even(first, last, span / Math.max(1, most - 1));
  for (const n of days) if (span / (n * day) < most && span < 100 * day) return even(Math.ceil(first / day) * day, last, n * day);
  for (const n of months) {
    const found = everyMonths(first, last, n);
    if (found.length <= most) return found.length > 1 ? found : [first, last];
  }
  return [first, last];
}

function even(first: number, last: number, step: number): number[] {
  const out: number[] = [];
  for (let at = first; at <= last && step > 0; at += step) out.push(at);
  return out;
}

/** everyMonths are the first days of every nth month, counted from a January. */
function everyMonths(first: number, last: number, n: number): number[] {
  const start = new Date(first);
  const out: number[] = [];
  for (let month = Math.floor((start.getUTCFullYear() * 12 + start.getUTCMonth()) / n) * n; ; month += n) {
    const at = new Date(0).setUTCFullYear(Math.floor(month / 12), month % 12, 1);
    if (at > last) return out;
    if (at >= first) out.push(at);
  }
}
