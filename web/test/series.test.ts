import assert from 'node:assert/strict';
import { test } from 'node:test';
import { steps } from '../src/chart/steps';
import { series, summary } from '../src/chart/series';
import type { Column, Result } from '../src/wire';

const column = (name: string, role: string, type: Column['type'], group: boolean): Column => ({ name, ref: name, role, type, group, format: '#,0' });
const result = (columns: Column[], rows: Result['rows']): Result => ({ columns, rows, total: null, truncated: false });

test('rows become a series per legend value; what is missing is a gap', () => {
  const data = series(
    result([column('Region', 'Category', 'string', true), column('Kind', 'Series', 'string', true), column('Sales', 'Y', 'int64', false)], [
      ['North', 'A', 1],
      ['South', 'B', 2],
      [null, 'A', 3],
    ]),
    'en-US',
  );
  assert.deepEqual(data.categories, ['North', 'South', '(Blank)']);
  assert.deepEqual(data.series.map((s) => [s.name, s.values]), [['A', [1, null, 3]], ['B', [null, 2, null]]]);
  assert.ok(data.listed, 'one value left of a legend is named still');
});

test('dates lie in order whatever the order of the rows', () => {
  const data = series(result([{ ...column('Month', 'Category', 'dateTime', true), format: 'yyyy-mm' }, column('Sales', 'Y', 'double', false)], [['2026-02-01T00:00:00', 2], ['2026-01-01T00:00:00', 1]]), 'en-US');
  assert.deepEqual(data.categories, ['2026-01', '2026-02']);
  assert.deepEqual(data.series[0]?.values, [1, 2]);
  assert.equal(data.times?.length, 2);
});

test('several values are several series; tooltips are none', () => {
  const data = series(result([column('R', 'Category', 'string', true), column('S', 'Y', 'int64', false), column('C', 'Y2', 'int64', false), column('T', 'Tooltips', 'int64', false)], [['x', 1, 2, 3]]), 'en-US');
  assert.deepEqual(data.series.map((s) => [s.name, s.second]), [['S', false], ['C', true]]);
  assert.match(summary(data, 'en-US'), /S: highest 1 \(x\)/);
});

test('no rows are no series', () => {
  assert.deepEqual(series(result([column('S', 'Y', 'int64', false)], []), 'en-US').series, []);
});

test('a time axis is labelled at even steps', () => {
  const months = Array.from({ length: 24 }, (_, i) => Date.UTC(2024, i, 1));
  const names = (times: number[]) => times.map((t) => new Date(t).toISOString().slice(0, 7));
  assert.deepEqual(names(steps(months, 4)), ['2024-01', '2024-07', '2025-01', '2025-07']);
  assert.deepEqual(names(steps(months, 8)).slice(0, 3), ['2024-01', '2024-04', '2024-07']);
  assert.deepEqual(steps(months.slice(0, 3), 4), months.slice(0, 3));
  assert.ok(steps(Array.from({ length: 60 }, (_, i) => Date.UTC(2024, 0, 1 + i)), 10).length <= 10);
  assert.deepEqual(steps([], 4), []);
});
