// What the host's settings mean for the page.
import type { Page, Settings } from './wire';

/** mergeSettings lays an update over settings: objects member by member, all else replaced. */
export function mergeSettings(old: Settings, update: Settings): Settings {
  return merge(old, update, 0) as Settings;
}

function merge(old: unknown, update: unknown, depth: number): unknown {
  if (!plain(old) || !plain(update) || depth > 8) return update;
  const merged: Record<string, unknown> = { ...old };
  for (const [key, value] of Object.entries(update)) {
    if (value !== undefined && key !== '__proto__') merged[key] = merge(old[key], value, depth + 1);
  }
  return merged;
}

function plain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** tabs says where the tabs of the pages stand, if they are shown. The newer setting wins. */
export function tabs(settings: Settings): 'bottom' | 'left' | 'none' {
  const pane = settings.panes?.pageNavigation;
  const visible = pane?.visible ?? settings.navContentPaneEnabled ?? true;
  if (!visible) return 'none';
  return pane?.position === 1 ? 'left' : 'bottom';
}

/** fit says how a page is scaled: the host's custom layout before the page's own option. */
export function fit(settings: Settings, page: Page): 'page' | 'width' | 'actual' {
  const custom = settings.layoutType === 1 ? settings.customLayout?.displayOption : undefined;
  const option = custom ?? { FitToPage: 0, FitToWidth: 1, ActualSize: 2 }[page.displayOption ?? ''] ?? 0;
  return option === 2 ? 'actual' : option === 1 ? 'width' : 'page';
}

/** phone says that the host asks for the layout of a phone in portrait. */
export function phone(settings: Settings): boolean {
  return settings.layoutType === 3;
}

/** transparent says that the host's own background shall be seen. */
export function transparent(settings: Settings): boolean {
  return settings.background === 1;
}
