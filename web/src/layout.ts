// Where visuals lie: a page's coordinates, scaled to the frame, or one column on a phone.
import type { Page, Visual } from './wire';

export interface Box {
  name: string;
  left: number;
  top: number;
  width: number;
  height: number;
}

export interface Layout {
  mode: 'canvas' | 'column';
  width: number;
  height: number;
  /** Factor of text and spacing; it moves less than the boxes so that text stays legible. */
  scale: number;
  boxes: Box[];
}

export type Fit = 'page' | 'width' | 'actual';

/** Frames narrower than this get one column. */
export const columnBelow = 600;
const leastHeightScale = 0.78;
const tallest = 1.4;
const textScale = { least: 0.82, most: 1.5 };

/** arrange lays out a page in a frame. */
export function arrange(page: Page, frame: { width: number; height: number }, fit: Fit): Layout {
  if (frame.width < columnBelow) return column(page);
  return canvas(page, frame, fit);
}

/**
 * canvas keeps the page's own arrangement. Where a page that fits would be too small to read,
 * it is as wide as the frame and taller than in proportion, and scrolls.
 */
function canvas(page: Page, frame: { width: number; height: number }, fit: Fit): Layout {
  const wide = frame.width / page.width;
  const whole = Math.min(wide, frame.height / page.height);
  let x = fit === 'actual' ? 1 : fit === 'width' ? wide : whole;
  let y = x;
  if (fit === 'page' && whole < leastHeightScale) {
    x = Math.min(wide, Math.max(whole, leastHeightScale));
    y = Math.max(x, leastHeightScale);
  }
  if (fit === 'page' && x < 1) {
    // A frame that is small and tall, as a tablet's, is used a good part of the way down.
    y = clamp(frame.height / page.height, y, Math.max(y, x * tallest));
  } else if (fit === 'width') {
    y = Math.max(x, leastHeightScale);
  }
  const boxes = page.visuals.map((v) => snap({ name: v.name, left: v.x * x, top: v.y * y, width: v.width * x, height: v.height * y }));
  return { mode: 'canvas', width: Math.round(page.width * x), height: Math.round(page.height * y), scale: clamp(Math.min(x, y), textScale.least, textScale.most), boxes };
}

/** snap puts edges on whole pixels, so that borders are sharp and gaps stay equal. */
function snap({ name, left, top, width, height }: Box): Box {
  const [l, t] = [Math.round(left), Math.round(top)];
  return { name, left: l, top: t, width: Math.round(left + width) - l, height: Math.round(top + height) - t };
}

function column(page: Page): Layout {
  const boxes = reading(page.visuals).map((v) => ({ name: v.name, left: 0, top: 0, width: 0, height: 0 }));
  return { mode: 'column', width: 0, height: 0, scale: 1, boxes };
}

/** reading orders visuals as they are read: by rows from the top, each from the left. */
export function reading(visuals: Visual[]): Visual[] {
  const rows: { top: number; visuals: Visual[] }[] = [];
  for (const visual of [...visuals].sort((a, b) => a.y - b.y || a.x - b.x)) {
    const row = rows.at(-1);
    // A visual belongs to a row if its upper edge lies near that of the row's first.
    if (row && visual.y - row.top <= Math.min(24, visual.height / 2)) row.visuals.push(visual);
    else rows.push({ top: visual.y, visuals: [visual] });
  }
  return rows.flatMap((row) => row.visuals.sort((a, b) => a.x - b.x));
}

/** tabbing orders visuals as the keyboard visits them: as the author said, else as they are read. */
export function tabbing(visuals: Visual[]): Visual[] {
  const order = reading(visuals);
  if (!order.every((v) => typeof v.tabOrder === 'number')) return order;
  return order.sort((a, b) => (a.tabOrder ?? 0) - (b.tabOrder ?? 0));
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
