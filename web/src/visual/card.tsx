import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { compact, formatCell, numberOf } from '../format';
import { flag } from '../options';
import { textWidth } from '../measure';
import { text } from '../text';
import { useSize } from '../ui/hooks';
import type { Cell, Column } from '../wire';
import type { Context, VisualProps } from './context';

const most = 24;

/** Card shows single values, each with its name. */
export function Card({ tile, context, done }: VisualProps): JSX.Element {
  useLayoutEffect(done);
  const columns = (tile.result?.columns ?? []).map((column, at) => ({ column, at })).filter(({ column }) => column.role !== 'Tooltips');
  const rows = (tile.result?.rows ?? []).slice(0, Math.max(1, Math.floor(most / Math.max(1, columns.length))));
  const values = rows.flatMap((row) => columns.map(({ column, at }) => ({ column, value: row[at] ?? null })));
  // The frame says it already when the only value has the name of the visual.
  const named = flag(tile.visual, 'showLabel', true) && (values.length > 1 || !flag(tile.visual, 'showTitle', true) || values[0]?.column.name !== tile.visual.title);
  return (
    <dl class={`cards${values.length > 1 ? ' many' : ''}`}>
      {values.map(({ column, value }, i) => (
        <Value key={i} column={column} value={value} context={context} named={named} />
      ))}
    </dl>
  );
}

function Value({ column, value, context, named }: { column: Column; value: Cell; context: Context; named: boolean }): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const size = useSize(ref);
  const full = value === null ? text.blank : formatCell(value, column, context.locale);
  const number = numberOf(value, column.type);
  const [largest, least] = [32 * context.scale, 18 * context.scale];
  const room = Math.max(0, size.width - 32 * context.scale);
  const fits = (written: string) => (room / textWidth(written, 100, 640)) * 98;
  const shown = size.width > 0 && number !== undefined && fits(full) < least ? compact(number, column.format, context.locale, 4) : full;
  const height = Math.max(least, (size.height - 44 * context.scale) * 0.85);
  const pixels = Math.max(14, Math.min(largest, fits(shown) || largest, size.height ? height : largest));
  return (
    <div class="value" ref={ref}>
      {named ? <dt title={column.name}>{column.name}</dt> : null}
      <dd class={value === null ? 'blank' : ''} style={{ fontSize: `${pixels.toFixed(1)}px` }} title={full} aria-label={`${column.name}: ${full}`}>
        {shown}
      </dd>
    </div>
  );
}
