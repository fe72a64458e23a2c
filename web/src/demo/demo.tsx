// The demo: one report, embedded twice, each time for another viewer.
import { render, type JSX } from 'preact';
import { useEffect, useMemo, useReducer, useRef, useState } from 'preact/hooks';
import { Json } from './json';
import { remaining, Side, type Config, type Viewer } from './side';
import './demo.css';

function Demo(): JSX.Element {
  const [config, setConfig] = useState<Config | undefined>();
  const [error, setError] = useState('');
  useEffect(() => {
    fetch('/demo/config')
      .then((answer) => (answer.ok ? (answer.json() as Promise<Config>) : Promise.reject(new Error())))
      .then(setConfig, () => setError('The demo is not running behind this page. Start it with “inlay demo” and reload.'));
  }, []);
  return (
    <>
      <Top />
      <main>
        <header class="intro">
          <h1>One report, two viewers, each with only its rows</h1>
          <p>
            {config ? `“${config.reportName}”` : 'The report'} is embedded twice with Microsoft’s unmodified <code>powerbi-client</code>. Choose a viewer on each side, use the slicers, turn the pages, and compare.
          </p>
        </header>
        {error ? (
          <p class="failure" role="alert">
            {error}
          </p>
        ) : null}
        {config ? <Pair config={config} /> : null}
        <How />
      </main>
      <footer>
        <p>Inlay is an independent project. It is not affiliated with, endorsed by, or sponsored by Microsoft. Power BI is a trademark of Microsoft Corporation.</p>
        <p>All people, companies and numbers on this page are invented.</p>
      </footer>
    </>
  );
}

function Top(): JSX.Element {
  return (
    <div class="top">
      <span class="brand">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <rect x="2" y="2" width="20" height="20" rx="5" fill="currentColor" />
          <path d="M8 16v-3m4 3V8m4 8v-5" stroke="#fff" stroke-width="2.2" stroke-linecap="round" />
        </svg>
        Inlay
      </span>
      <span class="tag">Demo</span>
    </div>
  );
}

function Pair({ config }: { config: Config }): JSX.Element {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  const sides = useMemo(() => [config.left, config.right].map((viewer) => new Side(viewer, () => draw(undefined))), [config]);
  const chosen = sides.map((side) => config.viewers.find((v) => v.id === side.viewer));
  return (
    <>
      <div class="pair">
        {sides.map((side, i) => (
          <Panel key={i} side={side} config={config} name={i === 0 ? 'Left viewer' : 'Right viewer'} />
        ))}
      </div>
      <Why viewers={chosen} />
    </>
  );
}

function Panel({ side, config, name }: { side: Side; config: Config; name: string }): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const viewer = config.viewers.find((v) => v.id === side.viewer);
  const open = () => {
    if (place.current) void side.open(place.current);
  };
  useEffect(open, []);
  const choose = (id: string) => {
    side.viewer = id;
    open();
  };
  return (
    <section class="panel" aria-label={name}>
      <div class="who">
        <label>
          <span class="unseen">{name}</span>
          <select value={side.viewer} onChange={(e) => choose(e.currentTarget.value)}>
            {config.viewers.map((v) => (
              <option key={v.id} value={v.id}>
                {v.label}
              </option>
            ))}
          </select>
        </label>
        <Clock side={side} />
      </div>
      <p class="about">{viewer?.description}</p>
      {side.error ? (
        <div class="failure" role="alert">
          <span>{side.error}</span>
          <button type="button" onClick={open}>
            Try again
          </button>
        </div>
      ) : null}
      <div class="stage" ref={place} />
      <Log side={side} />
      <Exchanged side={side} />
    </section>
  );
}

function Clock({ side }: { side: Side }): JSX.Element | null {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  if (side.expires === undefined) return null;
  return (
    <div class="clock">
      <span title={`The token expires at ${new Date(side.expires).toLocaleTimeString()}. It is renewed two minutes before.`}>
        Token expires in <b>{remaining(side.expires, now)}</b>
        {side.renewals ? <small> · renewed {side.renewals === 1 ? 'once' : `${side.renewals} times`}</small> : null}
      </span>
      <button type="button" onClick={() => void side.renew()}>
        Renew now
      </button>
    </div>
  );
}

function Log({ side }: { side: Side }): JSX.Element {
  const time = new Intl.DateTimeFormat(undefined, { timeStyle: 'medium' });
  return (
    <ol class="log" aria-label="Events of the report" tabIndex={0}>
      {side.entries.length === 0 ? <li class="quiet">Waiting for the first event…</li> : null}
      {side.entries.map((entry, i) => (
        <li key={side.entries.length - i} class={entry.name === 'error' ? 'bad' : ''}>
          <time>{time.format(entry.at)}</time>
          <b>{entry.name}</b>
          <span>{entry.detail}</span>
        </li>
      ))}
    </ol>
  );
}

function Exchanged({ side }: { side: Side }): JSX.Element | null {
  if (!side.shown) return null;
  const { request, response } = side.shown;
  return (
    <div class="exchange">
      <details open>
        <summary>
          <b>Token request</b>
          <code>
            {request.method} {path(request.url)}
          </code>
        </summary>
        <Json value={request.body} />
      </details>
      <details>
        <summary>
          <b>Answer</b>
          <code>{response.status}</code>
        </summary>
        <Json value={response.body} />
      </details>
    </div>
  );
}

function path(url: string): string {
  try {
    return new URL(url).pathname;
  } catch {
    return url;
  }
}

function Why({ viewers }: { viewers: (Viewer | undefined)[] }): JSX.Element | null {
  const [left, right] = viewers;
  if (!left || !right) return null;
  const same = left.id === right.id;
  const as = (v: Viewer) => (
    <>
      <code>{v.username}</code> in {v.roles.length === 1 ? 'the role' : 'the roles'} <q>{v.roles.join(', ')}</q>
    </>
  );
  return (
    <aside class="why">
      <h2>{same ? 'The two totals are equal because' : 'The two totals differ because'}</h2>
      {same ? (
        <p>both tokens were asked for {as(left)}. Choose another viewer on one side.</p>
      ) : (
        <p>
          the left token was asked for {as(left)}, the right one for {as(right)}. Report, model and queries are the same. The server applies the role’s filter to every table before it counts anything, so rows of others never leave it, and nothing in the browser could ask for them.
        </p>
      )}
    </aside>
  );
}

function How(): JSX.Element {
  const steps: [string, string][] = [
    ['The application signs in', 'Its back end presents its client secret at the token endpoint. The browser never sees it.'],
    ['It asks for an embed token', 'GenerateToken names the report, the model, and the identity for whom the rows are meant.'],
    ['The browser embeds', 'powerbi-client hands the token to the report by postMessage. It is in no address, cookie or storage.'],
    ['It renews in time', 'Shortly before expiry a new token is set. Page and selections stay as they are.'],
  ];
  return (
    <ol class="how">
      {steps.map(([title, body]) => (
        <li key={title}>
          <h3>{title}</h3>
          <p>{body}</p>
        </li>
      ))}
    </ol>
  );
}

const root = document.getElementById('root');
if (root) render(<Demo />, root);
