// Entry of the embed page: protocol, session and screen put together.
import { render } from 'preact';
import { Api } from './api';
import { inbox } from './inbox';
import { createEmbedRouter, type EmbedRouter } from './protocol';
import { notSupported } from './errors';
import { Session } from './session';
import { Alone, App } from './ui/app';
import { warm } from './visual/chart';
import './style/base.css';
import './style/visuals.css';
import './style/controls.css';

function start(root: HTMLElement): void {
  root.textContent = '';
  if (window.parent === window) {
    render(<Alone />, root);
    return;
  }
  let router: EmbedRouter | undefined;
  const address = new URL(window.location.href);
  const session = new Session(new Api(undefined, address.searchParams.get('inlayOrigin') ?? ''), { event: (name, body) => router?.event(name, body), address });
  render(<App session={session} />, root);
  router = createEmbedRouter({ inbox, parent: window.parent, app: forAddress(session, address) });
  router.start();
  void warm().catch(() => undefined); // a chart that needs it says so
}

/** forAddress refuses reports at the addresses of other kinds of content, such as /rdlEmbed. */
function forAddress(session: Session, address: URL): Session {
  const kind = address.pathname.replace(/\/+$/, '').split('/').pop()?.toLowerCase() ?? '';
  if (kind === 'reportembed') return session;
  session.preload = () => undefined;
  session.load = () => session.unsupported(`embedding through ${kind}`);
  session.setToken = () => {
    throw notSupported(`embedding through ${kind}`);
  };
  return session;
}

const root = document.getElementById('root');
if (root) start(root);
