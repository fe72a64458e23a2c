// Bars and columns: side by side, stacked, or as shares of a hundred.
import { compact } from '../format';
import { textWidth } from '../measure';
import type { Spec } from './draw';
import { flag } from '../options';
import { base, categoryAxis, grid, paint, size, valueAxis, type Option } from './parts';
import type { Series } from './series';

/** Up to this many bars carry their value instead of an axis with grid lines. */
const labelled = 12;

/** barOption draws a bar or column chart. */
export function barOption(spec: Spec): Option {
  const { data, kind, palette } = spec;
  const horizontal = kind.horizontal === true;
  const written = flag(spec.visual, 'showLabels', false) || (!data.listed && data.categories.length <= labelled);
  const bare = written && !data.listed && kind.stack !== 'percent';
  const column = data.series[0]?.column;
  const values = valueAxis(spec, column, bare ? { axisLabel: { show: false }, splitLine: { show: false } } : spec.scrolls ? { position: 'top' } : {});
  const names = horizontal ? categoryAxis(spec, { inverse: true }, spec.size.width * 0.34) : columnAxis(spec, bare);
  const sums = kind.stack === 'percent' ? totals(data.series) : [];
  return {
    ...base(spec),
    grid: bare ? room(spec, horizontal) : grid(spec),
    xAxis: horizontal ? values : names,
    yAxis: horizontal ? names : values,
    series: data.series.map((one, i) => ({
      type: 'bar',
      name: one.name,
      stack: kind.stack ? 'all' : undefined,
      data: one.values.map((value, at) => bar(value, sums[at])),
      barMaxWidth: 40 * spec.scale,
      barCategoryGap: data.series.length > 1 && !kind.stack ? '28%' : '38%',
      barGap: '8%',
      itemStyle: { color: paint(spec, one, i), borderRadius: rounding(spec, i), ...(kind.stack && { borderColor: palette.surface, borderWidth: 0.5 }) },
      emphasis: { focus: data.series.length > 1 ? 'series' : 'none', itemStyle: { opacity: 0.9 } },
      blur: { itemStyle: { opacity: 0.35 } },
      label: {
        show: written && kind.stack !== 'percent',
        position: kind.stack && data.series.length > 1 ? 'inside' : horizontal ? 'right' : 'top',
        color: kind.stack && data.series.length > 1 ? '#fff' : palette.foreground,
        fontSize: size(spec),
        fontWeight: 500,
        distance: 6,
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const value = one.values[dataIndex];
          return value === null || value === undefined ? '' : compact(value, one.column.format, spec.locale);
        },
      },
      labelLayout: { hideOverlap: true },
    })),
  };
}

/** bar is a value, or its share of all where the chart shows shares. */
function bar(value: number | null, sum: number | undefined): number | null {
  if (value === null || sum === undefined) return value;
  return sum === 0 ? 0 : value / sum;
}

function totals(series: Series[]): number[] {
  const length = series[0]?.values.length ?? 0;
  return Array.from({ length }, (_, at) => series.reduce((sum, one) => sum + Math.abs(one.values[at] ?? 0), 0));
}

/** room leaves space for the values beside the bars. */
function room(spec: Spec, horizontal: boolean): Option {
  const frame = grid(spec) as Record<string, unknown>;
  const s = spec.scale;
  return horizontal ? { ...frame, right: 72 * s, top: 4 * s, bottom: 8 * s } : { ...frame, top: 32 * s };
}

/** columnAxis writes the names level where they fit below their columns, and slanted where not. */
function columnAxis(spec: Spec, bare: boolean): Option {
  const { categories } = spec.data;
  const each = (spec.size.width - (bare ? 36 : 92) * spec.scale) / Math.max(1, categories.length) - 4;
  const longest = Math.max(0, ...categories.map((c) => textWidth(c, size(spec))));
  // Dates follow each other, so some of their names can be left out.
  if (longest <= each || categories.length > 40 || (spec.data.times && categories.length > 8)) return categoryAxis(spec, {}, Math.max(each, longest > each ? longest + 4 : 48));
  const axis = categoryAxis(spec, {}, Math.min(longest + 2, Math.max(56, spec.size.height * 0.4))) as { axisLabel: object };
  return { ...axis, axisLabel: { ...axis.axisLabel, rotate: each < 24 ? 60 : 35 } };
}

/** rounding softens the outer end of a bar; in a stack only that of the last one. */
function rounding(spec: Spec, at: number): number[] {
  const outer = !spec.kind.stack || at === spec.data.series.length - 1;
  const r = outer ? 3 * spec.scale : 0;
  return spec.kind.horizontal ? [0, r, r, 0] : [r, r, 0, 0];
}
