// Which types of visual are drawn, and how each one is spoken of.

export type Shape = 'card' | 'table' | 'bar' | 'line' | 'slicer' | 'text' | 'none';

/** Kind says how a type of visual is drawn. */
export interface Kind {
  shape: Shape;
  /** What a reader of the screen is told it is. */
  label: string;
  /** It shows data, so a query is made for it. */
  asks: boolean;
  horizontal?: boolean;
  stack?: 'normal' | 'percent';
  area?: boolean;
}

const bar = (label: string, more: Partial<Kind>): Kind => ({ shape: 'bar', label, asks: true, ...more });
const line = (label: string, more: Partial<Kind> = {}): Kind => ({ shape: 'line', label, asks: true, ...more });

const kinds: Record<string, Kind> = {
  card: { shape: 'card', label: 'Card', asks: true },
  cardVisual: { shape: 'card', label: 'Card', asks: true },
  multiRowCard: { shape: 'card', label: 'Card', asks: true },
  tableEx: { shape: 'table', label: 'Table', asks: true },
  slicer: { shape: 'slicer', label: 'Slicer', asks: true },
  textbox: { shape: 'text', label: 'Text', asks: false },
  barChart: bar('Stacked bar chart', { horizontal: true, stack: 'normal' }),
  clusteredBarChart: bar('Bar chart', { horizontal: true }),
  hundredPercentStackedBarChart: bar('100% stacked bar chart', { horizontal: true, stack: 'percent' }),
  columnChart: bar('Stacked column chart', { stack: 'normal' }),
  clusteredColumnChart: bar('Column chart', {}),
  hundredPercentStackedColumnChart: bar('100% stacked column chart', { stack: 'percent' }),
  lineChart: line('Line chart'),
  areaChart: line('Area chart', { area: true }),
  stackedAreaChart: line('Stacked area chart', { area: true, stack: 'normal' }),
};

/** drawn finds how a type is drawn; an unknown one has the shape none. */
export function drawn(type: string): Kind {
  return (Object.hasOwn(kinds, type) && kinds[type]) || { shape: 'none', label: type, asks: false };
}
