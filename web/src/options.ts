// Formatting that a report's author set. A name that is absent was not set; the names are
// those of package report/pbir.
import type { Cell, Visual } from './wire';

/** flag reads a switch, or what holds where it was not set. */
export function flag(visual: Visual, name: string, otherwise: boolean): boolean {
  const value = visual.options?.[name];
  return typeof value === 'boolean' ? value : otherwise;
}

export function words(visual: Visual, name: string): string | undefined {
  const value = visual.options?.[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function amount(visual: Visual, name: string): number | undefined {
  const value = visual.options?.[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** colour reads a colour; only #rrggbb is one. */
export function colour(visual: Visual, name: string): string | undefined {
  const value = words(visual, name);
  return value && /^#[0-9a-f]{6}$/i.test(value) ? value : undefined;
}

/** colours are those given to single fields, by their ref. */
export function colours(visual: Visual): Record<string, string> {
  const value = visual.options?.['colors'];
  if (typeof value !== 'object' || value === null) return {};
  return Object.fromEntries(Object.entries(value).filter(([, c]) => typeof c === 'string' && /^#[0-9a-f]{6}$/i.test(c))) as Record<string, string>;
}

/** saved is the choice that was saved in a slicer. */
export function saved(visual: Visual): Cell[] {
  const value = visual.options?.['selected'];
  return Array.isArray(value) ? (value as Cell[]) : [];
}
