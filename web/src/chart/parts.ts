// What bar and line charts have in common: type, axes, legend, tooltip.
import type { EChartsCoreOption } from 'echarts/core';
import { compact, formatCell, formatNumber } from '../format';
import { fontFamily, textWidth } from '../measure';
import { amount, colour, colours, flag, words } from '../options';
import type { Column } from '../wire';
import type { Series } from './series';
import type { Spec } from './draw';

export type Option = EChartsCoreOption;

/** base is the part of an option that every chart shares. */
export function base(spec: Spec): Option {
  return {
    animation: !spec.still,
    animationDuration: 350,
    animationDurationUpdate: 250,
    animationEasing: 'cubicOut',
    color: spec.palette.series,
    textStyle: { fontFamily, color: spec.palette.muted, fontSize: size(spec) },
    legend: legend(spec),
    tooltip: tooltip(spec),
  };
}

/** size is that of axis labels. */
export function size(spec: Spec): number {
  return Math.round(12 * spec.scale * 10) / 10;
}

/** hasLegend says whether the names of the series are written above the chart. */
export function hasLegend(spec: Spec): boolean {
  return flag(spec.visual, 'showLegend', true) && spec.data.listed;
}

function legend(spec: Spec): Option {
  const s = spec.scale;
  const wide = spec.data.series.reduce((sum, one) => sum + textWidth(one.name, size(spec)) + 32 * s, 0);
  const roomy = wide <= spec.size.width - 32 * s;
  return {
    show: hasLegend(spec),
    type: 'scroll',
    left: 16 * s,
    right: 16 * s,
    top: 4 * s,
    padding: [2 * s, 0],
    icon: 'circle',
    itemWidth: 8 * s,
    itemHeight: 8 * s,
    itemStyle: { borderWidth: 0 }, // that of a stacked bar would make its dot smaller
    itemGap: (roomy ? 16 : 8) * s,
    pageIconSize: 10,
    pageIconColor: spec.palette.muted,
    pageIconInactiveColor: spec.palette.line,
    pageTextStyle: { color: spec.palette.muted },
    textStyle: { color: spec.palette.muted, fontSize: size(spec), padding: [0, 0, 0, 2] } as object,
    inactiveColor: spec.palette.line,
    selectedMode: true,
  };
}

/** grid leaves room for the legend and nothing more than the labels need. */
export function grid(spec: Spec): Option {
  const s = spec.scale;
  return { left: 16 * s, right: 20 * s, top: (hasLegend(spec) ? 36 : 12) * s, bottom: 12 * s, outerBoundsMode: 'same', outerBoundsContain: 'axisLabel' };
}

/** valueAxis shows compact numbers on faint lines. */
export function valueAxis(spec: Spec, column: Column | undefined, more: Option = {}): Option {
  const percent = spec.kind.stack === 'percent';
  return {
    type: 'value',
    show: flag(spec.visual, 'showValueAxis', true),
    ...title(spec, 'ValueAxis', 'valueAxisTitle'),
    splitNumber: ticks(spec),
    interval: percent ? 0.25 : undefined,
    min: amount(spec.visual, 'valueAxisMin'),
    max: percent ? 1 : amount(spec.visual, 'valueAxisMax'),
    axisLine: { show: false },
    axisTick: { show: false },
    splitLine: { lineStyle: { color: spec.palette.faint } },
    axisLabel: {
      color: spec.palette.muted,
      fontSize: size(spec),
      hideOverlap: true,
      formatter: (value: number) => (percent ? formatNumber(value, '0%', spec.locale) : compact(value, column?.format, spec.locale)),
    },
    ...more,
  };
}

/** categoryAxis shows names, shortened to the room there is. */
export function categoryAxis(spec: Spec, more: Option = {}, room = 140): Option {
  return {
    type: 'category',
    show: flag(spec.visual, 'showCategoryAxis', true),
    data: spec.data.categories,
    axisLine: { lineStyle: { color: spec.palette.line } },
    axisTick: { show: false },
    axisLabel: { color: spec.palette.muted, fontSize: size(spec), hideOverlap: true, overflow: 'truncate', width: room, margin: 8 * spec.scale },
    ...more,
  };
}

/** ticks is how many steps the value axis is cut into, so that labels have room. */
function ticks(spec: Spec): number {
  const { width, height } = spec.size;
  const [length, each] = spec.kind.horizontal ? [width * 0.66, 110] : [height - 60 * spec.scale, 48];
  return Math.max(2, Math.min(5, Math.floor(length / (each * spec.scale))));
}

/** title is the name of an axis, where the author wants it shown and wrote one. */
export function title(spec: Spec, axis: string, name: string): Option {
  const written = flag(spec.visual, `show${axis}Title`, false) ? words(spec.visual, name) : undefined;
  return written ? { name: written, nameLocation: 'middle', nameGap: 8, nameTextStyle: { color: spec.palette.muted, fontSize: size(spec) } } : {};
}

/** paint is the colour of a series: its field's, the visual's, or the next of the theme. */
export function paint(spec: Spec, one: Series, at: number): string | undefined {
  const only = spec.data.listed ? undefined : colour(spec.visual, 'color');
  return colours(spec.visual)[one.column.ref] ?? only ?? spec.palette.series[(spec.slots[at] ?? at) % spec.palette.series.length];
}

interface Point {
  seriesIndex: number;
  dataIndex: number;
  color: unknown;
}

function tooltip(spec: Spec): Option {
  const { palette } = spec;
  return {
    trigger: 'axis',
    confine: true,
    appendToBody: false,
    axisPointer: spec.kind.shape === 'bar' ? { type: 'shadow', shadowStyle: { color: palette.foreground, opacity: 0.05 } } : { type: 'line', lineStyle: { color: palette.muted, width: 1, type: 'solid', opacity: 0.5 } },
    backgroundColor: palette.surface,
    borderColor: palette.line,
    borderWidth: 1,
    padding: 0,
    transitionDuration: spec.still ? 0 : 0.12,
    extraCssText: 'border-radius:8px;box-shadow:0 8px 24px -6px rgb(16 24 40 / .18),0 2px 6px rgb(16 24 40 / .08)',
    formatter: (points: Point | Point[]) => tip(spec, Array.isArray(points) ? points : [points]),
  };
}

const tipRows = 12;

/** tip builds the tooltip of elements: text of the data never becomes markup. */
function tip(spec: Spec, points: Point[]): HTMLElement {
  const box = element('div', 'tip');
  const at = points[0]?.dataIndex ?? 0;
  box.append(element('div', 'tip-title', spec.data.categories[at] ?? ''));
  const rows = points.flatMap((point) => {
    const one = spec.data.series[point.seriesIndex];
    const value = one?.values[point.dataIndex];
    return one && value !== null && value !== undefined ? [{ one, value, colour: String(point.color) }] : [];
  });
  const all = rows.reduce((sum, { value }) => sum + Math.abs(value), 0);
  rows.sort((a, b) => (spec.kind.stack ? 0 : b.value - a.value));
  for (const { one, value, colour } of rows.slice(0, tipRows)) {
    const row = element('div', 'tip-row');
    const mark = element('span', 'tip-mark');
    mark.style.backgroundColor = colour;
    const share = spec.kind.stack === 'percent' && all > 0 ? ` (${formatNumber(Math.abs(value) / all, '0.0%', spec.locale)})` : '';
    row.append(mark, element('span', 'tip-name', one.name), element('span', 'tip-value', formatCell(value, one.column, spec.locale) + share));
    box.append(row);
  }
  if (rows.length > tipRows) box.append(element('div', 'tip-more', `+ ${rows.length - tipRows}`));
  return box;
}

function element(tag: string, name: string, content = ''): HTMLElement {
  const made = document.createElement(tag);
  made.className = name;
  made.textContent = content;
  return made;
}
