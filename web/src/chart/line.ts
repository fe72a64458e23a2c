// Lines and areas. Dates lie on an axis of time, so that a gap in the data is one on screen.
import { amount, flag } from '../options';
import { axisDate } from '../format-date';
import { steps } from './steps';
import type { Spec } from './draw';
import { compact } from '../format';
import { base, categoryAxis, grid, paint, size, valueAxis, type Option } from './parts';

/** lineOption draws a line or area chart. */
export function lineOption(spec: Spec): Option {
  const { data, kind, palette } = spec;
  const first = data.series.find((s) => !s.second);
  const second = data.series.find((s) => s.second);
  const axes = [valueAxis(spec, (first ?? second)?.column, { min: amount(spec.visual, 'valueAxisMin') ?? floor(spec) })];
  if (second && first) axes.push(valueAxis(spec, second.column, { splitLine: { show: false } }));
  const few = data.categories.length <= 31;
  return {
    ...base(spec),
    grid: grid(spec),
    xAxis: data.times ? timeAxis(spec, data.times) : categoryAxis(spec, { boundaryGap: false }, Math.max(40, spec.size.width / Math.min(12, data.categories.length || 1) - 8)),
    yAxis: axes,
    series: data.series.map((one, i) => ({
      type: 'line',
      name: one.name,
      yAxisIndex: one.second && first ? 1 : 0,
      stack: kind.stack ? 'all' : undefined,
      data: data.times ? data.times.map((time, at) => [time, one.values[at] ?? null]) : one.values,
      showSymbol: data.categories.length === 1,
      symbol: 'circle',
      symbolSize: 7 * spec.scale,
      lineStyle: { width: (few ? 2.25 : 1.75) * spec.scale, cap: 'round', join: 'round' },
      areaStyle: kind.area ? { opacity: kind.stack ? 0.28 : 0.14 } : undefined,
      itemStyle: { color: paint(spec, one, i), borderColor: palette.surface, borderWidth: 2 },
      emphasis: { focus: data.series.length > 1 ? 'series' : 'none', lineStyle: { width: 2.5 * spec.scale } },
      blur: { lineStyle: { opacity: 0.25 } },
      connectNulls: false,
      label: {
        show: flag(spec.visual, 'showLabels', false),
        color: palette.foreground,
        fontSize: size(spec),
        formatter: ({ dataIndex }: { dataIndex: number }) => {
          const value = one.values[dataIndex];
          return value === null || value === undefined ? '' : compact(value, one.column.format, spec.locale);
        },
      },
      labelLayout: { hideOverlap: true },
    })),
  };
}

/** floor lets the axis begin above zero only where the lines would otherwise look flat. */
function floor(spec: Spec): ((range: { min: number; max: number }) => number) | undefined {
  if (spec.kind.area) return undefined;
  return ({ min, max }) => {
    if (min <= 0 || (max - min) / max > 0.3) return Math.min(0, min);
    const step = 10 ** Math.floor(Math.log10(max - min || max));
    return Math.max(0, Math.floor((min - (max - min) * 0.2) / step) * step);
  };
}

function timeAxis(spec: Spec, times: number[]): Option {
  const span = (times.at(-1) ?? 0) - (times[0] ?? 0);
  return {
    type: 'time',
    show: flag(spec.visual, 'showCategoryAxis', true),
    boundaryGap: false,
    axisLine: { lineStyle: { color: spec.palette.line } },
    axisTick: { show: false },
    splitLine: { show: false },
    axisLabel: {
      color: spec.palette.muted,
      fontSize: size(spec),
      hideOverlap: true,
      customValues: steps(times, Math.max(2, Math.floor(spec.size.width / (88 * spec.scale)))),
      margin: 10 * spec.scale,
      formatter: (time: number) => axisDate(time, span, spec.locale),
    },
  };
}
