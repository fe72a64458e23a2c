// The visuals of the page on screen: their queries, the slicers' selections, and when all of
// them are drawn.
import { ApiError } from './errors';
import { drawn as kindOf } from './kinds';
import { saved } from './options';
import type { Cell, Page, Result, SlicerState, Visual } from './wire';

/** Tile is a visual and what is known of its data. Each change makes a new one. */
export interface Tile {
  readonly visual: Visual;
  readonly phase: 'waiting' | 'ready' | 'failed';
  readonly result?: Result;
  readonly error?: ApiError;
  /** The shown data is being replaced. */
  readonly stale: boolean;
  /** Counts the drawings that are asked for. */
  readonly version: number;
}

export interface Links {
  query(page: Page, visual: Visual, slicers: SlicerState[], signal: AbortSignal): Promise<Result>;
  changed(): void;
  /** All visuals are drawn, or show why not. */
  settled(): void;
  drawn(visual: Visual): void;
  failed(visual: Visual, error: ApiError): void;
}

const atOnce = 6;
const tries = 3;

/** Board runs the queries of one page at a time. */
export class Board {
  page: Page | undefined;
  tiles = new Map<string, Tile>();
  private selections = new Map<string, Map<string, Cell[]>>();
  private waiting: string[] = [];
  private running = new Map<string, AbortController>();
  private parked = new Set<string>();
  private undrawn = new Set<string>();
  private remembered = new Map<string, Map<string, Tile>>();

  constructor(private readonly links: Links) {}

  /** reset forgets everything, selections too. */
  reset(): void {
    this.stop();
    this.page = undefined;
    this.tiles = new Map();
    this.selections.clear();
    this.remembered.clear();
  }

  /** forgetOtherPages drops data that is not on screen: it may belong to an older token. */
  forgetOtherPages(): void {
    this.remembered.clear();
  }

  /** open shows a page; what was seen of it before stands until the new data is there. */
  open(page: Page): void {
    this.stop();
    if (this.page) this.remembered.set(this.page.name, this.tiles);
    const before = this.remembered.get(page.name);
    this.page = page;
    this.tiles = new Map();
    for (const visual of page.visuals) {
      if (visual.hidden) continue;
      const seen = before?.get(visual.name);
      const result = seen?.phase === 'ready' ? seen.result : undefined;
      const asks = kindOf(visual.type).asks;
      this.tiles.set(visual.name, {
        visual,
        phase: result || !asks ? 'ready' : 'waiting',
        result,
        stale: asks && result !== undefined,
        version: (seen?.version ?? 0) + 1,
      });
      this.undrawn.add(visual.name);
    }
    this.ask([...this.tiles.values()].filter((t) => kindOf(t.visual.type).asks).map((t) => t.visual.name));
    this.settle();
  }

  /** refresh asks for the data of all visuals again. */
  refresh(): void {
    if (this.page) this.ask([...this.tiles.values()].filter((t) => kindOf(t.visual.type).asks).map((t) => t.visual.name));
  }

  retry(name: string): void {
    this.ask([name]);
  }

  /** retryParked asks again for what failed because the token had expired. */
  retryParked(): void {
    const names = [...this.parked];
    this.parked.clear();
    this.ask(names);
  }

  /** selection is what is chosen in a slicer: by the viewer, or else by the author. */
  selection(slicer: Visual): Cell[] {
    return this.selected().get(slicer.name) ?? saved(slicer);
  }

  /** select sets what is chosen in a slicer and asks again for every other visual. */
  select(slicer: string, values: Cell[]): void {
    this.selected().set(slicer, values);
    this.ask([...this.tiles.values()].filter((t) => kindOf(t.visual.type).asks && t.visual.name !== slicer).map((t) => t.visual.name));
    this.links.changed();
  }

  /** drawn is called by a visual once a version of it is on screen. */
  drawn(name: string, version: number): void {
    const tile = this.tiles.get(name);
    if (!tile || tile.version !== version || tile.phase === 'waiting' || tile.stale) return;
    if (!this.undrawn.delete(name)) return;
    if (tile.phase === 'ready') this.links.drawn(tile.visual);
    this.settle();
  }

  /** brokenDrawing turns a tile whose drawing failed into one that says so. */
  brokenDrawing(name: string, version: number): void {
    const tile = this.tiles.get(name);
    if (!tile || tile.version !== version) return;
    this.fail(tile, new ApiError(0, 'VisualFailed', 'The visual could not be drawn'));
  }

  private selected(): Map<string, Cell[]> {
    const page = this.page?.name ?? '';
    let map = this.selections.get(page);
    if (!map) this.selections.set(page, (map = new Map()));
    return map;
  }

  private stop(): void {
    for (const controller of this.running.values()) controller.abort();
    this.running.clear();
    this.waiting = [];
    this.parked.clear();
    this.undrawn.clear();
  }

  private ask(names: string[]): void {
    for (const name of names) {
      const tile = this.tiles.get(name);
      if (!tile) continue;
      this.running.get(name)?.abort();
      this.running.delete(name);
      this.undrawn.add(name);
      this.parked.delete(name);
      const phase = tile.result ? 'ready' : 'waiting';
      this.tiles.set(name, { ...tile, phase, error: undefined, stale: phase === 'ready' });
      if (!this.waiting.includes(name)) this.waiting.push(name);
    }
    this.pump();
    this.links.changed();
  }

  private pump(): void {
    while (this.running.size < atOnce) {
      const name = this.waiting.shift();
      if (name === undefined) return;
      void this.run(name);
    }
  }

  private async run(name: string): Promise<void> {
    const { page } = this;
    const visual = this.tiles.get(name)?.visual;
    if (!page || !visual) return;
    const controller = new AbortController();
    this.running.set(name, controller);
    const current = () => this.running.get(name) === controller;
    try {
      const result = await this.patiently(page, visual, controller.signal);
      const tile = this.tiles.get(name);
      if (!current() || !tile) return;
      this.tiles.set(name, { visual, phase: 'ready', result, stale: false, version: tile.version + 1 });
    } catch (error) {
      const tile = this.tiles.get(name);
      if (!current() || !tile) return;
      this.fail(tile, error instanceof ApiError ? error : new ApiError(0, 'VisualFailed', 'The visual could not be loaded'));
    } finally {
      if (current()) this.running.delete(name);
    }
    this.pump();
    this.links.changed();
  }

  /** patiently repeats a query that the server put off (429, 503 with Retry-After). */
  private async patiently(page: Page, visual: Visual, signal: AbortSignal): Promise<Result> {
    for (let n = 1; ; n++) {
      try {
        return await this.links.query(page, visual, this.slicers(visual.name), signal);
      } catch (error) {
        if (!(error instanceof ApiError) || error.retryAfter <= 0 || n === tries) throw error;
        await pause(Math.min(error.retryAfter, 10) * 1000, signal);
      }
    }
  }

  private fail(tile: Tile, error: ApiError): void {
    const { visual } = tile;
    if (error.expired) {
      // What is on screen stays; the query runs again once there is a new token.
      this.parked.add(visual.name);
    } else {
      this.tiles.set(visual.name, { visual, phase: 'failed', error, stale: false, version: tile.version + 1 });
    }
    this.links.failed(visual, error);
    this.links.changed();
  }

  /** slicers are the viewer's choices. One that was emptied is sent too: it undoes the author's. */
  private slicers(except: string): SlicerState[] {
    return [...this.selected()].filter(([name]) => name !== except).map(([visual, values]) => ({ visual, values }));
  }

  private settle(): void {
    if (this.undrawn.size === 0 && this.page) this.links.settled();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    });
  });
}
