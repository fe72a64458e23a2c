// A slicer: a list of values, each switched on and off by itself. One tab stop for the list;
// the arrow keys move in it, Space and Enter switch, Escape closes the drop-down.
import type { JSX } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { label } from '../format';
import { flag, words } from '../options';
import { text } from '../text';
import { useOutside } from '../ui/hooks';
import { Icon } from '../ui/icons';
import type { Cell } from '../wire';
import type { VisualProps } from './context';

const most = 200;
const searchFrom = 9;

interface Item {
  value: Cell;
  name: string;
}

interface ListProps {
  id: string;
  items: Item[];
  chosen: Cell[];
  title: string;
  single: boolean;
  choose: (values: Cell[]) => void;
  close?: () => void;
}

/** Slicer lets a viewer choose values of a column. */
export function Slicer(props: VisualProps): JSX.Element {
  const { tile, context, done } = props;
  useLayoutEffect(done);
  const { visual, result } = tile;
  const at = Math.max(0, result?.columns.findIndex((c) => c.group) ?? 0);
  const column = result?.columns[at];
  const items = (result?.rows ?? []).map((row) => ({ value: row[at] ?? null, name: label(row[at], column ?? { type: 'string' }, context.locale) }));
  const chosen = context.session.board.selection(visual);
  const title = words(visual, 'headerText') ?? (visual.title || column?.name || '');
  const single = flag(visual, 'singleSelect', false);
  const list: ListProps = { id: visual.name, items, chosen, title, single, choose: (values) => context.session.board.select(visual.name, values) };
  const dropdown = context.column || visual.height < 100 || words(visual, 'mode') === 'dropdown';
  return dropdown ? <Dropdown {...list} /> : <Open {...list} />;
}

function Open(props: ListProps): JSX.Element {
  return (
    <div class="slicer-list">
      <div class="slicer-head">
        <h2>{props.title}</h2>
        <Clear {...props} />
      </div>
      <List {...props} />
    </div>
  );
}

function Clear({ chosen, choose, title }: ListProps): JSX.Element | null {
  if (chosen.length === 0) return null;
  return (
    <button type="button" class="clear" onClick={() => choose([])} title={text.clear} aria-label={`${text.clear}: ${title}`}>
      <Icon name="close" />
    </button>
  );
}

function Dropdown(props: ListProps): JSX.Element {
  const { chosen, items, title } = props;
  const [open, setOpen] = useState(false);
  const [upward, setUpward] = useState(false);
  const box = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useOutside(box, open, () => setOpen(false));
  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const toggle = () => {
    const edges = box.current?.getBoundingClientRect();
    setUpward(edges !== undefined && edges.bottom + 280 > window.innerHeight && edges.top > window.innerHeight - edges.bottom);
    setOpen(!open);
  };
  return (
    <div class={`dropdown${open ? ' open' : ''}`} ref={box}>
      <button
        type="button"
        class="chooser"
        ref={button}
        aria-haspopup="listbox"
        aria-expanded={open}
        onClick={toggle}
        onKeyDown={(e) => {
          if (e.key === 'ArrowDown' && !open) toggle();
        }}
      >
        <span class="name">{title}</span>
        <span class="choice">{summary(chosen, items)}</span>
        <Icon name="chevron" />
      </button>
      <Clear {...props} />
      {open ? (
        <div class={`popover${upward ? ' upward' : ''}`}>
          <List {...props} close={close} />
        </div>
      ) : null}
    </div>
  );
}

function summary(chosen: Cell[], items: Item[]): string {
  if (chosen.length === 0) return text.all;
  if (chosen.length > 2) return text.chosen(chosen.length);
  return chosen.map((value) => items.find((i) => i.value === value)?.name ?? String(value ?? text.blank)).join(', ');
}

function List({ id, items, chosen, title, single, choose, close }: ListProps): JSX.Element {
  const [wanted, setWanted] = useState('');
  const [at, setAt] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const searching = items.length >= searchFrom;
  const found = wanted ? items.filter((i) => i.name.toLocaleLowerCase().includes(wanted.toLocaleLowerCase())) : items;
  const shown = found.slice(0, most);
  const current = Math.min(at, Math.max(0, shown.length - 1));
  useLayoutEffect(() => {
    if (close) (list.current?.parentElement?.querySelector<HTMLElement>('input') ?? list.current)?.focus({ preventScroll: true });
  }, []);

  function toggle(item: Item): void {
    const on = chosen.includes(item.value);
    if (single) choose(on ? [] : [item.value]);
    else choose(on ? chosen.filter((v) => v !== item.value) : [...chosen, item.value]);
  }

  function press(event: KeyboardEvent): void {
    if (event.key === 'Escape' && close) {
      event.stopPropagation();
      close();
      return;
    }
    const typing = event.target instanceof HTMLInputElement;
    const next = { ArrowDown: typing ? 0 : current + 1, ArrowUp: current - 1, Home: typing ? undefined : 0, End: typing ? undefined : shown.length - 1 }[event.key];
    const item = shown[current];
    if (next !== undefined) {
      event.preventDefault();
      const bounded = Math.max(0, Math.min(shown.length - 1, next));
      setAt(bounded);
      list.current?.focus();
      list.current?.children[bounded]?.scrollIntoView({ block: 'nearest' });
    } else if (!typing && (event.key === ' ' || event.key === 'Enter') && item) {
      event.preventDefault();
      toggle(item);
    }
  }

  return (
    <div class="list" onKeyDown={press}>
      {searching ? (
        <label class="search">
          <Icon name="search" />
          <input type="search" placeholder={text.search} aria-label={`${text.search}: ${title}`} value={wanted} onInput={(e) => setWanted(e.currentTarget.value)} />
        </label>
      ) : null}
      <ul ref={list} role="listbox" tabIndex={0} aria-label={title} aria-multiselectable={!single} aria-activedescendant={shown.length ? `${id}-${current}` : undefined}>
        {shown.map((item, i) => (
          <li
            key={JSON.stringify(item.value)}
            id={`${id}-${i}`}
            role="option"
            class={i === current ? 'current' : ''}
            aria-selected={chosen.includes(item.value)}
            onClick={() => {
              setAt(i);
              toggle(item);
            }}
          >
            <span class={`box${single ? ' round' : ''}`}>{chosen.includes(item.value) ? <Icon name="check" /> : null}</span>
            <span class="label">{item.name}</span>
          </li>
        ))}
      </ul>
      {shown.length === 0 ? <p class="hint">{wanted ? text.nothingFound : text.noData}</p> : null}
      {found.length > most ? <p class="hint">{text.more(String(found.length - most))}</p> : null}
    </div>
  );
}
