// The card around a visual: title, loading, empty and failed states.
import type { ComponentType, JSX } from 'preact';
import { useErrorBoundary, useLayoutEffect } from 'preact/hooks';
import type { Tile } from '../board';
import { colour, flag, words } from '../options';
import { drawn, type Shape } from '../kinds';
import type { Box } from '../layout';
import { text } from '../text';
import { contrast } from '../theme';
import { Card } from '../visual/card';
import { Chart } from '../visual/chart';
import type { Context, VisualProps } from '../visual/context';
import { Placeholder } from '../visual/placeholder';
import { Slicer } from '../visual/slicer';
import { Table } from '../visual/table';
import { TextBox } from '../visual/textbox';
import { Icon } from './icons';

const shapes: Record<Shape, ComponentType<VisualProps>> = {
  card: Card,
  table: Table,
  bar: Chart,
  line: Chart,
  slicer: Slicer,
  text: TextBox,
  none: Placeholder,
};

/** Frame shows one visual at its place. */
export function Frame({ tile, box, context }: { tile: Tile; box: Box; context: Context }): JSX.Element {
  const { visual } = tile;
  const kind = drawn(visual.type);
  const titled = visual.title && kind.shape !== 'text' && kind.shape !== 'slicer' && kind.shape !== 'none' && flag(visual, 'showTitle', true);
  const style = context.column ? undefined : { left: `${box.left}px`, top: `${box.top}px`, width: `${box.width}px`, height: `${box.height}px`, zIndex: Math.round(visual.z) || 0 };
  const id = `title-${visual.name}`;
  return (
    <section
      class={`visual ${kind.shape}${visual.type === 'card' ? ' single' : ''}${tile.stale ? ' stale' : ''}${box.height < 96 && !context.column ? ' flat' : ''}`}
      style={style}
      data-visual={visual.name}
      aria-busy={tile.stale || tile.phase === 'waiting'}
      {...(titled ? { 'aria-labelledby': id } : { 'aria-label': visual.title || kind.label })}
    >
      {titled ? (
        <h2 id={id} title={visual.title} style={{ color: legible(colour(visual, 'titleColor'), context), textAlign: words(visual, 'titleAlign') as 'left' | undefined }}>
          {visual.title}
          {words(visual, 'subtitle') ? <small>{words(visual, 'subtitle')}</small> : null}
        </h2>
      ) : null}
      <div class="body">
        <Body tile={tile} box={box} context={context} />
      </div>
    </section>
  );
}

/** legible drops a colour that could not be read on the card. */
function legible(value: string | undefined, { palette }: Context): string | undefined {
  return value && contrast(value, palette.surface) >= 4.5 ? value : undefined;
}

function Body({ tile, box, context }: { tile: Tile; box: Box; context: Context }): JSX.Element {
  const kind = drawn(tile.visual.type);
  const { board } = context.session;
  const [broken] = useErrorBoundary(() => board.brokenDrawing(tile.visual.name, tile.version));
  const done = () => board.drawn(tile.visual.name, tile.version);
  if (tile.phase === 'failed' || broken) return <Failed tile={tile} context={context} done={done} />;
  if (tile.phase === 'waiting') return <Bones shape={kind.shape} />;
  if (kind.asks && kind.shape !== 'slicer' && !tile.result?.rows.length) return <Empty done={done} />;
  const Shown = shapes[kind.shape];
  return <Shown tile={tile} box={box} context={context} done={done} />;
}

function Failed({ tile, context, done }: { tile: Tile; context: Context; done: () => void }): JSX.Element {
  useLayoutEffect(done);
  const { error } = tile;
  const unsupported = error?.code === 'NotSupported';
  if (context.session.settings().hideErrors) return <div class="state" />;
  return (
    <div class="state" role="note">
      <Icon name={unsupported ? 'puzzle' : error?.status === 403 ? 'lock' : 'warning'} />
      <strong>{unsupported ? text.unsupportedVisual : text.failedVisual}</strong>
      <span>{error?.message}</span>
      {unsupported || error?.status === 403 ? null : (
        <button type="button" class="button small" onClick={() => context.session.board.retry(tile.visual.name)}>
          {text.retry}
        </button>
      )}
    </div>
  );
}

function Empty({ done }: { done: () => void }): JSX.Element {
  useLayoutEffect(done);
  return (
    <div class="state quiet">
      <Icon name="empty" />
      <span>{text.noData}</span>
    </div>
  );
}

function Bones({ shape }: { shape: Shape }): JSX.Element {
  const count = { card: 2, table: 6, bar: 5, line: 1, slicer: 3, text: 1, none: 1 }[shape];
  return (
    <div class={`bones ${shape}`} aria-hidden="true">
      {Array.from({ length: count }, (_, i) => (
        <i key={i} class="bone" />
      ))}
    </div>
  );
}
