// A chart's frame. The drawing itself comes in a bundle of its own, fetched beside the
// definition, so that everything else is on screen before it.
import type { JSX } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Drawing } from '../chart/draw';
import { series, summary } from '../chart/series';
import { columnAt, formatCell, formatNumber, label } from '../format';
import { text } from '../text';
import { drawn } from '../kinds';
import { useSize } from '../ui/hooks';
import type { Result } from '../wire';
import type { VisualProps } from './context';

type Module = typeof import('../chart/draw');

let loading: Promise<Module> | undefined;

/** warm begins to fetch the drawing bundle; a fetch that failed is tried again by the next chart. */
export function warm(): Promise<Module> {
  loading ??= import('../chart/draw').catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

const still = window.matchMedia('(prefers-reduced-motion: reduce)');

/** Chart draws bars and lines, and says the same to who cannot see them. */
export function Chart({ tile, context, done }: VisualProps): JSX.Element {
  const frame = useRef<HTMLDivElement>(null);
  const place = useRef<HTMLDivElement>(null);
  const drawing = useRef<Drawing | undefined>(undefined);
  const slots = useRef(new Map<string, number>());
  const size = useSize(frame);
  const [draw, setDraw] = useState<Module | undefined>();
  const [failure, setFailure] = useState<Error | undefined>();
  if (failure) throw failure;
  const kind = drawn(tile.visual.type);
  const result = tile.result as Result;
  const data = useMemo(() => series(result, context.locale), [result, context.locale]);
  // Bars that would be too thin to tell apart scroll instead.
  const thick = 22 * context.scale * (kind.stack ? 1 : Math.min(3, Math.max(1, data.series.length * 0.6)));
  const tall = kind.horizontal ? Math.max(size.height, Math.round(data.categories.length * thick + 40 * context.scale)) : size.height;

  useEffect(() => {
    let here = true;
    warm().then(
      (module) => here && setDraw(module),
      () => here && setFailure(new Error('the charts could not be fetched')),
    );
    return () => {
      here = false;
      drawing.current?.dispose();
      drawing.current = undefined;
    };
  }, []);

  useLayoutEffect(() => {
    if (!draw || !place.current) return;
    if (size.width > 0 && tall > 0) {
      drawing.current ??= draw.open(place.current);
      drawing.current.update({
        kind,
        data,
        locale: context.locale,
        palette: context.palette,
        scale: context.scale,
        size: { width: size.width, height: tall },
        visual: tile.visual,
        slots: data.series.map((one) => slot(slots.current, one.name)),
        scrolls: tall > size.height,
        still: still.matches,
      });
    }
    done(); // a frame that is not shown has nothing to wait for
  }, [draw, data, size.width, tall, context.palette, context.scale, context.locale, tile.version, tile.stale]);

  return (
    <div class="chart" ref={frame}>
      <div class="plot" ref={place} role="img" aria-label={`${kind.label}. ${summary(data, context.locale)}`} style={{ height: `${tall}px` }} />
      {result.truncated ? <p class="cut">{text.truncated(formatNumber(result.rows.length, '#,0', context.locale))}</p> : null}
      <Reading result={result} title={tile.visual.title ?? kind.label} locale={context.locale} />
    </div>
  );
}

/** slot is the place of a name, given out in the order in which names were first seen. */
function slot(slots: Map<string, number>, name: string): number {
  const at = slots.get(name) ?? slots.size;
  slots.set(name, at);
  return at;
}

const readAtMost = 100;

/** Reading is the chart's data as a table for screen readers. */
function Reading({ result, title, locale }: { result: Result; title: string; locale: string }): JSX.Element {
  return (
    <table class="unseen">
      <caption>{title}</caption>
      <thead>
        <tr>
          {result.columns.map((column, i) => (
            <th key={i} scope="col">
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {result.rows.slice(0, readAtMost).map((row, i) => (
          <tr key={i}>
            {result.columns.map((column, j) => (
              <td key={j}>{column.group ? label(row[j], column, locale) : formatCell(row[j], columnAt(result, j, i), locale)}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
