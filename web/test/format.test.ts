import assert from 'node:assert/strict';
import { test } from 'node:test';
import { columnAt, compact, formatCell, formatNumber, label } from '../src/format';
import { formatDate, isDateFormat, parseDate } from '../src/format-date';

test('numbers are written as their format says', () => {
  const cases: [number, string, string, string?][] = [
    [1234567.891, '#,0', '1,234,568'],
    [1234567.891, '#,##0.00', '1,234,567.89'],
    [1234567.891, '#,##0.00', '1.234.567,89', 'de-DE'],
    [-1234, '#,0', '-1,234'],
    [0.1234, '0.0%', '12.3%'],
    [0.1234, '+0.0%;-0.0%;0.0%', '+12.3%'],
    [-0.1234, '+0.0%;-0.0%;0.0%', '-12.3%'],
    [0, '+0.0%;-0.0%;0.0%', '0.0%'],
    [1234.5, '$#,0', '$1,235'],
    [-1234.5, '\\$#,0.00;(\\$#,0.00)', '($1,234.50)'],
    [1234.5, '\\$#,0;(\\$#,0);\\$#,0', '$1,235'],
    [0, '\\$#,0;(\\$#,0);\\$#,0', '$0'],
    [1234, '$ #,##0', '$ 1,234'],
    [0.5, '#,##0.00 %', '50.00 %'],
    [1234.5678, '"€"#,0.###############', '€1,234.5678'],
    [5, '0', '5'],
    [2024, '0', '2024'],
    [7, '000', '007'],
    [0.25, '#.00', '.25'],
    [12.5, '0.##', '12.5'],
    [12, '0.##', '12'],
    [1234567, '#,0,', '1,235'],
    [12345678, '0.0,,"M"', '12.3M'],
    [1500, '#,0" pcs"', '1,500 pcs'],
    [12345, '0.00E+00', '1.23E+04'],
    [0.07, '0%', '7%'],
    [-0.001, '0.0', '0.0'],
    [-0.001, '0.0%', '-0.1%'],
    [5551234, '000-0000', '555-1234'],
    [1234.5, 'Currency', '$1,234.50'],
    [0.5, 'Percent', '50.00%'],
    [1234.5, 'Standard', '1,234.50'],
    [1234.5678, 'General Number', '1234.5678'],
    [1234.5, '', '1234.5'],
    [5, '"above";"below";"none"', 'above'],
    [-5, '"above";"below";"none"', 'below'],
    [Infinity, '0', '∞'],
    [NaN, '0', 'NaN'],
  ];
  for (const [value, format, want, locale] of cases) {
    assert.equal(formatNumber(value, format, locale ?? 'en-US'), want, `${value} as ${format}`);
  }
});

test('dates are written as their format says', () => {
  const date = new Date(Date.UTC(2026, 0, 5, 14, 7, 9));
  const cases: [string, string, string?][] = [
    ['yyyy-mm-dd', '2026-01-05'],
    ['mmm yyyy', 'Jan 2026'],
    ['MMM yyyy', 'Jan 2026'],
    ['yyyy-mmm', '2026-Jan'],
    ['dd/MM/yyyy', '05/01/2026'],
    ['d.m.yy', '5.1.26'],
    ['dddd, d mmmm yyyy', 'Monday, 5 January 2026'],
    ['dddd, d mmmm yyyy', 'Montag, 5 Januar 2026', 'de-DE'],
    ['hh:mm', '14:07'],
    ['h:mm AM/PM', '2:07 PM'],
    ['HH:mm:ss', '14:07:09'],
    ['hh:nn', '14:07'],
    ['"week of" d mmm', 'week of 5 Jan'],
    ['Short Date', '01/05/2026'],
    ['Short Date', '05.01.2026', 'de-DE'],
    ['Long Date', 'Monday, January 5, 2026'],
    ['Long Date', 'Monday, 5 January 2026', 'en-GB'],
    ['Long Time', '2:07:09 PM'],
    ['Short Time', '14:07'],
  ];
  for (const [format, want, locale] of cases) {
    assert.equal(formatDate(date, format, locale ?? 'en-US').replace(/\u202f/g, ' '), want, format);
  }
});

test('dates are read without a zone, and nonsense is not read', () => {
  assert.equal(parseDate('2026-01-05T00:00:00')?.toISOString(), '2026-01-05T00:00:00.000Z');
  assert.equal(parseDate('2026-01-05T10:20:30.5')?.toISOString(), '2026-01-05T10:20:30.500Z');
  assert.equal(parseDate('0099-03-01')?.getUTCFullYear(), 99);
  assert.equal(parseDate('soon'), undefined);
});

test('formats of dates are told from those of numbers', () => {
  for (const format of ['yyyy-mm-dd', 'Short Date', 'hh:nn']) assert.ok(isDateFormat(format), format);
  for (const format of ['#,0', '0.0%', '"d"0', '', '\\$#,0']) assert.ok(!isDateFormat(format), format);
});

test('cells are written by their type', () => {
  const cell = formatCell;
  assert.equal(cell(null, { type: 'double', format: '0.0' }, 'en-US'), '');
  assert.equal(cell(true, { type: 'boolean' }, 'en-US'), 'True');
  assert.equal(cell(false, { type: 'boolean', format: '"TRUE";"TRUE";"FALSE"' }, 'en-US'), 'FALSE');
  assert.equal(cell('12.50', { type: 'decimal', format: '0.0' }, 'en-US'), '12.5');
  assert.equal(cell('12.50', { type: 'string', format: '0.0' }, 'en-US'), '12.50');
  assert.equal(cell('2026-01-05T00:00:00', { type: 'dateTime' }, 'en-GB'), '05/01/2026');
  assert.equal(cell('not a date', { type: 'dateTime', format: 'yyyy' }, 'en-GB'), 'not a date');
  assert.equal(label(null, { type: 'string' }, 'en-US'), '(Blank)');
});

test('compact numbers keep the sign of money and percent', () => {
  assert.equal(compact(12_345_678, '\\$#,0', 'en-US'), '$12.3M');
  assert.equal(compact(-1500, '#,0', 'en-US'), '-1.5K');
  assert.equal(compact(0.25, '0.0%', 'en-US'), '25%');
  assert.equal(compact(950, undefined, 'en-US'), '950');
});

test('a value is written as its own format string says where a column has several', () => {
  const column = { name: 'Rate', ref: 'r', role: 'Values', type: 'double' as const, format: '0.0', group: false };
  const result = { columns: [{ ...column, name: 'Name', group: true }, column], formats: { 1: ['0%', '', '#,0.00'] } };
  const shown = (row: number) => formatCell(0.5, columnAt(result, 1, row), 'en-GB');
  assert.deepEqual([shown(0), shown(1), shown(2), shown(3)], ['50%', '0.5', '0.50', '0.5']);
  assert.equal(columnAt({ columns: result.columns }, 1, 0), column);
});
