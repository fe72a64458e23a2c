// What the server answers on its private routes, and what a host may send at load.

/** Cell is one value of an answer; null is BLANK. */
export type Cell = null | boolean | number | string;

export interface Column {
  name: string;
  ref: string;
  role: string;
  type: 'string' | 'int64' | 'double' | 'decimal' | 'dateTime' | 'boolean';
  format?: string;
  group: boolean;
}

export interface Result {
  columns: Column[];
  rows: Cell[][];
  total: Cell[] | null;
  truncated: boolean;
  /** Format strings of a column whose values have several: by its place, one a row, the total's last. */
  formats?: Record<string, string[]>;
}

export interface Run {
  text: string;
  size?: string;
  color?: string;
  weight?: string;
  italic?: boolean;
  font?: string;
  url?: string;
}

export interface Paragraph {
  align?: string;
  runs: Run[];
}

export interface Projection {
  name: string;
  ref: string;
}

export interface Visual {
  name: string;
  type: string;
  title?: string;
  x: number;
  y: number;
  z: number;
  width: number;
  height: number;
  tabOrder?: number;
  hidden?: boolean;
  roles?: Record<string, Projection[]>;
  paragraphs?: Paragraph[];
  options?: Record<string, unknown>;
}

export interface Page {
  name: string;
  displayName: string;
  width: number;
  height: number;
  displayOption?: string;
  visibility?: number;
  visuals: Visual[];
}

export interface Theme {
  name?: string;
  colors?: string[];
  background?: string;
  foreground?: string;
}

export interface Definition {
  id: string;
  name: string;
  datasetId: string;
  expiration: string;
  permissions: string;
  culture?: string;
  activePage?: string;
  theme?: Theme;
  pages: Page[];
}

/** SlicerState is a selection in one slicer; the server knows which column that means. */
export interface SlicerState {
  visual: string;
  values: Cell[];
}

/** Settings is the part of the SDK's ISettings that is read here. */
export interface Settings {
  panes?: { pageNavigation?: { visible?: boolean; position?: number }; filters?: { visible?: boolean } };
  navContentPaneEnabled?: boolean;
  filterPaneEnabled?: boolean;
  background?: number;
  layoutType?: number;
  customLayout?: { displayOption?: number };
  localeSettings?: { language?: string; formatLocale?: string };
  visualRenderedEvents?: boolean;
  hideErrors?: boolean;
  [name: string]: unknown;
}

/** LoadConfig is the body of /report/load. What it does not name is accepted and unused. */
export interface LoadConfig {
  type?: string;
  id?: string;
  accessToken?: string;
  pageName?: string;
  settings?: Settings;
  filters?: unknown;
  slicers?: unknown;
  bookmark?: unknown;
  datasetBinding?: unknown;
  [name: string]: unknown;
}
