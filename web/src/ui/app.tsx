// The whole page: loading, trouble, or the report with its tabs.
import type { JSX } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import { arrange, tabbing } from '../layout';
import type { Session, Trouble } from '../session';
import * as settings from '../settings';
import { text, troubles } from '../text';
import { palette } from '../theme';
import { drawn } from '../kinds';
import type { Context } from '../visual/context';
import { Frame } from './frame';
import { useSession, useSize } from './hooks';
import { Icon } from './icons';
import { Tabs } from './tabs';
import { themed } from './themed';

/** App shows a session. */
export function App({ session }: { session: Session }): JSX.Element {
  useSession(session);
  const colours = useMemo(() => palette(session.definition?.theme), [session.definition]);
  const clear = settings.transparent(session.settings());
  const style = themed(colours);
  const { phase, trouble } = session;
  return (
    <div class={`app${clear ? ' see-through' : ''}${colours.dark ? ' dark' : ''}`} style={style}>
      {phase === 'troubled' && trouble ? <TroubleScreen trouble={trouble} retry={() => session.retry()} /> : null}
      {phase === 'idle' || phase === 'loading' ? <Skeleton /> : null}
      {phase === 'ready' ? <Report session={session} colours={colours} /> : null}
      {phase === 'ready' && session.expired ? (
        <div class="notice" role="status">
          <Icon name="clock" />
          {text.renewing}
        </div>
      ) : null}
    </div>
  );
}

function Report({ session, colours }: { session: Session; colours: ReturnType<typeof palette> }): JSX.Element {
  const current = session.settings();
  const where = settings.tabs(current);
  return (
    <div class={`report tabs-${where}`}>
      <Sheet session={session} colours={colours} />
      {where === 'none' ? null : <Tabs session={session} upright={where === 'left'} />}
    </div>
  );
}

function Sheet({ session, colours }: { session: Session; colours: ReturnType<typeof palette> }): JSX.Element {
  const ref = useRef<HTMLDivElement>(null);
  const frame = useSize(ref);
  const { page } = session.board;
  const current = session.settings();
  if (!page) return <div class="sheet" ref={ref} id="sheet" role="tabpanel" />;
  const narrow = settings.phone(current) ? { ...frame, width: 1 } : frame;
  const layout = arrange(page, narrow, settings.fit(current, page));
  const context: Context = { session, palette: colours, locale: session.locale(), scale: layout.scale, column: layout.mode === 'column' };
  const order = layout.mode === 'column' ? layout.boxes.map((b) => b.name) : tabbing(page.visuals).map((v) => v.name);
  const boxes = new Map(layout.boxes.map((b) => [b.name, b]));
  return (
    <div class={layout.mode === 'column' ? 'sheet column' : 'sheet'} ref={ref} id="sheet" role="tabpanel" aria-label={page.displayName} style={{ '--s': String(layout.scale) }}>
      <div class="canvas" style={layout.mode === 'canvas' ? { width: `${layout.width}px`, height: `${layout.height}px` } : undefined}>
        {order.map((name) => {
          const tile = session.board.tiles.get(name);
          const box = boxes.get(name);
          if (!tile || !box || (layout.mode === 'column' && drawn(tile.visual.type).shape === 'none' && !tile.visual.title)) return null;
          return <Frame key={`${page.name}/${name}`} tile={tile} box={box} context={context} />;
        })}
      </div>
    </div>
  );
}

const icons: Record<Trouble['kind'], string> = { expired: 'clock', denied: 'lock', used: 'lock', elsewhere: 'lock', revoked: 'lock', narrowed: 'file', missing: 'file', invalid: 'warning', unsupported: 'puzzle', offline: 'plug' };

function TroubleScreen({ trouble, retry }: { trouble: Trouble; retry: () => void }): JSX.Element {
  const { title, body, again } = troubles[trouble.kind];
  return (
    <div class="trouble" role="alert">
      <span class={`badge ${trouble.kind}`}>
        <Icon name={icons[trouble.kind]} />
      </span>
      <h1>{title}</h1>
      <p>{body}</p>
      {again ? (
        <button type="button" class="button" onClick={retry}>
          {text.retry}
        </button>
      ) : null}
      {trouble.detail ? (
        <p class="reference">
          {trouble.kind === 'unsupported' ? '' : `${text.reference}: `}
          {trouble.detail}
        </p>
      ) : null}
    </div>
  );
}

/** Alone is shown when nothing embeds the page. */
export function Alone(): JSX.Element {
  return (
    <div class="app" style={themed(palette(undefined))}>
      <div class="trouble">
        <span class="badge">
          <Icon name="puzzle" />
        </span>
        <h1>{text.alone.title}</h1>
        <p>{text.alone.body}</p>
      </div>
    </div>
  );
}

function Skeleton(): JSX.Element {
  return (
    <div class="skeleton" role="status" aria-label={text.loading}>
      {['head', 'card', 'card', 'card', 'card', 'wide', 'side'].map((kind, i) => (
        <div key={i} class={`bone ${kind}`} />
      ))}
    </div>
  );
}
