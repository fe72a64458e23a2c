import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrange, reading, tabbing } from '../src/layout';
import { fit, mergeSettings, tabs } from '../src/settings';
import { contrast, palette } from '../src/theme';
import type { Page, Visual } from '../src/wire';

const visual = (name: string, x: number, y: number, width = 100, height = 100): Visual => ({ name, type: 'card', x, y, z: 0, width, height });
const page: Page = { name: 'p', displayName: 'P', width: 1280, height: 720, visuals: [visual('b', 640, 24, 600, 300), visual('a', 24, 20, 600, 300), visual('c', 24, 340, 1232, 360)] };

test('a page that fits keeps its proportions and its gaps', () => {
  const layout = arrange(page, { width: 1920, height: 1080 }, 'page');
  assert.equal(layout.mode, 'canvas');
  assert.deepEqual([layout.width, layout.height], [1920, 1080]);
  const [b, a] = layout.boxes;
  assert.equal((b?.left ?? 0) - ((a?.left ?? 0) + (a?.width ?? 0)), 24, '16 units at 150 %');
});

test('a small frame is filled in width, and stays legible in height', () => {
  const layout = arrange(page, { width: 660, height: 380 }, 'page');
  assert.equal(layout.width, 660);
  assert.ok(layout.height >= 720 * 0.77);
  assert.ok(layout.scale >= 0.8);
  for (const box of layout.boxes) assert.ok(box.left + box.width <= 660);
});

test('a narrow frame gets one column in reading order', () => {
  const layout = arrange(page, { width: 390, height: 800 }, 'page');
  assert.equal(layout.mode, 'column');
  assert.deepEqual(layout.boxes.map((b) => b.name), ['a', 'b', 'c']);
});

test('actual size is left alone', () => {
  assert.deepEqual(arrange(page, { width: 800, height: 300 }, 'actual').boxes[0], { name: 'b', left: 640, top: 24, width: 600, height: 300 });
});

test('reading order goes by rows; the author can say another for the keyboard', () => {
  assert.deepEqual(reading(page.visuals).map((v) => v.name), ['a', 'b', 'c']);
  const ordered = page.visuals.map((v, i) => ({ ...v, tabOrder: i }));
  assert.deepEqual(tabbing(ordered).map((v) => v.name), ['b', 'a', 'c']);
});

test('settings: an update changes what it names', () => {
  const old = { panes: { pageNavigation: { visible: true }, filters: { visible: false } }, background: 1 };
  assert.deepEqual(mergeSettings(old, { panes: { pageNavigation: { visible: false } } }), { panes: { pageNavigation: { visible: false }, filters: { visible: false } }, background: 1 });
  assert.equal(tabs({}), 'bottom');
  assert.equal(tabs({ navContentPaneEnabled: false }), 'none');
  assert.equal(tabs({ navContentPaneEnabled: false, panes: { pageNavigation: { visible: true, position: 1 } } }), 'left');
  assert.equal(fit({ layoutType: 1, customLayout: { displayOption: 2 } }, page), 'actual');
  assert.equal(fit({}, { ...page, displayOption: 'FitToWidth' }), 'width');
});

test('a hostile key of settings changes no prototype', () => {
  mergeSettings({}, JSON.parse('{"__proto__":{"polluted":true}}'));
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('text is readable whatever the theme, and marks stand out', () => {
  for (const theme of [undefined, { foreground: '#cccccc' }, { background: '#101418', foreground: '#222222' }, { foreground: 'red', background: 'x' }]) {
    const p = palette(theme);
    assert.ok(contrast(p.foreground, p.surface) >= 4.5, JSON.stringify(theme));
    assert.ok(contrast(p.muted, p.surface) >= 4.5, JSON.stringify(theme));
  }
  for (const colour of palette(undefined).series) assert.ok(contrast(colour, '#ffffff') >= 3, colour);
});
