import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import type { Tile } from '../board';
import { compact, formatCell, numberOf } from '../format';
import { flag } from '../options';
import type { Box } from '../layout';
import { textWidth } from '../measure';
import { text } from '../text';
import { useSize, type Size } from '../ui/hooks';
import type { Cell, Column } from '../wire';
import type { Context, VisualProps } from './context';

const most = 24;

/** Card shows single values, each with its name. */
export function Card({ tile, box, context, done }: VisualProps): JSX.Element {
  useLayoutEffect(done);
  const columns = (tile.result?.columns ?? []).map((column, at) => ({ column, at })).filter(({ column }) => column.role !== 'Tooltips');
  const rows = (tile.result?.rows ?? []).slice(0, Math.max(1, Math.floor(most / Math.max(1, columns.length))));
  const values = rows.flatMap((row) => columns.map(({ column, at }) => ({ column, value: row[at] ?? null })));
  // The frame says it already when the only value has the name of the visual.
  const named = flag(tile.visual, 'showLabel', true) && (values.length > 1 || !flag(tile.visual, 'showTitle', true) || values[0]?.column.name !== tile.visual.title);
  const first = useRef<HTMLDivElement>(null);
  const size = useSize(first);
  const shown = values.map(({ column, value }) => written(column, value, size.width, context));
  const pixels = Math.min(fontSize(shown, size, context.scale), context.column ? largestInColumn : largest * context.scale, ...neighbours(tile, box, context).map((n) => fontSize(n.shown, { width: n.width, height: size.height }, context.scale)));
  return (
    <dl class="cards">
      {values.map(({ column, value }, i) => (
        <div class="value" key={i} ref={i === 0 ? first : undefined}>
          {named ? <dt title={column.name}>{column.name}</dt> : null}
          <Value column={column} value={value} shown={shown[i] ?? ''} pixels={pixels} locale={context.locale} />
        </div>
      ))}
    </dl>
  );
}

/** neighbours are the single cards in one row with this one: all get the same size of text. */
function neighbours(tile: Tile, box: Box, context: Context): { shown: string[]; width: number }[] {
  const { visual } = tile;
  if (visual.type !== 'card' || visual.width === 0 || context.column) return [];
  const beside = [...context.session.board.tiles.values()].filter(({ visual: v }) => v !== visual && v.type === 'card' && v.y === visual.y && v.height === visual.height);
  return beside.map((other) => {
    const width = other.visual.width * (box.width / visual.width);
    const [column] = other.result?.columns ?? [];
    return { width, shown: column ? [written(column, other.result?.rows[0]?.[0] ?? null, width, context)] : [] };
  });
}

interface ValueProps {
  column: Column;
  value: Cell;
  shown: string;
  pixels: number;
  locale: string;
}

function Value({ column, value, shown, pixels, locale }: ValueProps): JSX.Element {
  const full = value === null ? text.blank : formatCell(value, column, locale);
  const style = { fontSize: `${(value === null ? Math.min(pixels, 20) : pixels).toFixed(1)}px` };
  return (
    <dd class={value === null ? 'blank' : ''} style={style} title={full} aria-label={`${column.name}: ${full}`}>
      {shown}
    </dd>
  );
}

const [largest, least] = [32, 18];
/** In one column cards stand two abreast, where a smaller size is the same for most values. */
const largestInColumn = 22;
const weight = 640;

/** written is the whole value where it fits its card, and a compact one where it does not. */
function written(column: Column, value: Cell, width: number, { locale, scale }: Context): string {
  if (value === null) return text.blank;
  const full = formatCell(value, column, locale);
  const number = numberOf(value, column.type);
  const tooWide = width > 0 && textWidth(full, least * scale, weight) > width - 32 * scale;
  return tooWide && number !== undefined ? compact(number, column.format, locale, 4) : full;
}

/** fontSize is the largest at which every value of the visual fits: they all get the same. */
function fontSize(shown: string[], size: Size, scale: number): number {
  if (size.width === 0) return largest * scale;
  const widest = Math.max(1, ...shown.map((s) => textWidth(s, 100, weight)));
  const fits = ((size.width - 34 * scale) / widest) * 98;
  const height = Math.max(least * scale, (size.height - 44 * scale) * 0.85);
  return Math.max(14, Math.min(largest * scale, fits, height));
}
