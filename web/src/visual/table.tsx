import type { JSX } from 'preact';
import { useLayoutEffect, useMemo, useState } from 'preact/hooks';
import { columnAt, formatCell, formatNumber, numberOf } from '../format';
import { flag } from '../options';
import { text } from '../text';
import { Icon } from '../ui/icons';
import type { Cell, Column, Result } from '../wire';
import type { VisualProps } from './context';

const batch = 150;

interface Order {
  at: number;
  down: boolean;
}

/** Table shows rows as they are. Sorting by a header is offered only where all rows are here. */
export function Table({ tile, context, done }: VisualProps): JSX.Element {
  const result = tile.result as Result;
  const { columns } = result;
  const [order, setOrder] = useState<Order | undefined>();
  const [shown, setShown] = useState(batch);
  useLayoutEffect(done);
  useLayoutEffect(() => setShown(batch), [result]);
  const places = useMemo(() => new Map(result.rows.map((row, i) => [row, i])), [result]); // an order by a header keeps the rows
  const rows = useMemo(() => (order ? sorted(result, order) : result.rows), [result, order]);
  const more = (event: Event) => {
    const box = event.currentTarget as HTMLElement;
    if (shown < rows.length && box.scrollTop + box.clientHeight > box.scrollHeight - 400) setShown(shown + batch);
  };
  const turn = (at: number) => setOrder(order?.at !== at ? { at, down: right(columns[at]) } : { at, down: !order.down });
  return (
    <div class="table">
      <div class="scroll" tabIndex={0} role="region" aria-label={tile.visual.title || tile.visual.type} onScroll={more}>
        <table aria-rowcount={rows.length + 1}>
          <thead>
            <tr>
              {columns.map((column, i) => (
                <Head key={i} column={column} order={order?.at === i ? order : undefined} turn={result.truncated ? undefined : () => turn(i)} />
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.slice(0, shown).map((row, i) => (
              <tr key={i}>
                {columns.map((_, j) => (
                  <Data key={j} column={columnAt(result, j, places.get(row) ?? -1)} value={row[j] ?? null} locale={context.locale} />
                ))}
              </tr>
            ))}
          </tbody>
          {result.total && flag(tile.visual, 'showTotals', true) ? <Total result={result} locale={context.locale} /> : null}
        </table>
      </div>
      {result.truncated ? <p class="footnote">{text.truncated(formatNumber(rows.length, '#,0', context.locale))}</p> : null}
    </div>
  );
}

function right(column: Column | undefined): boolean {
  return column !== undefined && ['int64', 'double', 'decimal'].includes(column.type);
}

function Head({ column, order, turn }: { column: Column; order: Order | undefined; turn: (() => void) | undefined }): JSX.Element {
  const sort = order ? (order.down ? 'descending' : 'ascending') : undefined;
  return (
    <th scope="col" class={right(column) ? 'number' : ''} aria-sort={sort}>
      {turn ? (
        <button type="button" onClick={turn} title={column.name}>
          <span>{column.name}</span>
          {order ? <Icon name={order.down ? 'down' : 'up'} /> : null}
        </button>
      ) : (
        <span title={column.name}>{column.name}</span>
      )}
    </th>
  );
}

function Data({ column, value, locale }: { column: Column; value: Cell; locale: string }): JSX.Element {
  const written = formatCell(value, column, locale);
  const negative = (numberOf(value, column.type) ?? 0) < 0;
  return (
    <td class={right(column) ? `number${negative ? ' negative' : ''}` : ''} title={written.length > 24 ? written : undefined}>
      {written}
    </td>
  );
}

/** Total holds the values only, so it is laid below the columns that are no groups. */
function Total({ result, locale }: { result: Result; locale: string }): JSX.Element {
  const { columns, total } = result;
  const whole = total?.length === columns.length;
  let at = 0;
  const cells = columns.map((column, i) => (whole ? total?.[i] : column.group ? undefined : total?.[at++]));
  const first = columns.findIndex((c) => c.group);
  return (
    <tfoot>
      <tr>
        {columns.map((column, i) => (
          <td key={i} class={right(column) ? 'number' : ''}>
            {i === first ? text.total : column.group ? '' : formatCell(cells[i], columnAt(result, i, result.rows.length), locale)}
          </td>
        ))}
      </tr>
    </tfoot>
  );
}

function sorted(result: Result, { at, down }: Order): Cell[][] {
  const column = result.columns[at];
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: 'base' });
  const compare = (a: Cell, b: Cell): number => {
    if (a === null || b === null) return a === b ? 0 : a === null ? -1 : 1;
    const [x, y] = column ? [numberOf(a, column.type), numberOf(b, column.type)] : [];
    if (x !== undefined && y !== undefined) return x - y;
    return collator.compare(String(a), String(b));
  };
  return [...result.rows].sort((a, b) => (down ? -1 : 1) * compare(a[at] ?? null, b[at] ?? null));
}
