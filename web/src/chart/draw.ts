// Charts on ECharts. This is the only file that imports it, and only the parts that are drawn.
import { BarChart, LineChart } from 'echarts/charts';
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components';
import { init, use, type EChartsType } from 'echarts/core';
import { CanvasRenderer } from 'echarts/renderers';
import type { Kind } from '../kinds';
import type { Palette } from '../theme';
import { barOption } from './bar';
import { lineOption } from './line';
import type { Visual } from '../wire';
import type { Data } from './series';

use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

/** Spec is everything a chart is drawn from. */
export interface Spec {
  kind: Kind;
  data: Data;
  locale: string;
  palette: Palette;
  scale: number;
  size: { width: number; height: number };
  /** Its options are drawn. */
  visual: Visual;
  /** Place of each series' colour in the palette; a series keeps its own when others go. */
  slots: number[];
  /** The chart is taller than its frame. */
  scrolls: boolean;
  /** The viewer asked for no motion. */
  still: boolean;
}

/** Drawing is a chart on screen. */
export interface Drawing {
  update(spec: Spec): void;
  dispose(): void;
}

/** open makes room for a chart in an element. */
export function open(element: HTMLElement): Drawing {
  let chart: EChartsType | undefined;
  return {
    update(spec) {
      const { width, height } = spec.size;
      chart ??= init(element, undefined, { renderer: 'canvas', width, height });
      if (chart.getWidth() !== width || chart.getHeight() !== height) chart.resize({ width, height });
      chart.setOption(spec.kind.shape === 'bar' ? barOption(spec) : lineOption(spec), { notMerge: true });
    },
    dispose() {
      chart?.dispose();
      chart = undefined;
    },
  };
}
