// Lets Microsoft's powerbi-client embed from a server of one's own.
//
// Since 2.23 the SDK refuses every address outside Microsoft's domains. For an address that is
// allowed here, the SDK is handed a stand-in below a name that nobody has registered, and the
// real address is put back when the iframe gets its src. Any other address is left alone, so
// the SDK refuses it; and where only half of this works, the iframe finds no server and the
// token reaches nobody.

interface Config {
  embedUrl?: string;
  hostname?: string;
  [name: string]: unknown;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

interface Client {
  service: { Service: { prototype: Record<string, Method> } };
}

export interface Options {
  /** Origins that may be embedded from, besides the one this script came from. */
  origins?: string[];
  /** Origin used by bootstrap() where neither embedUrl nor hostname is given. */
  home?: string;
}

const suffix = '.selfhosted.powerbi.com';
/** Stand-in host by origin, and back. */
const standIns = new Map<string, string>();
const origins = new Map<string, string>();
const done = '__inlay';

/** register allows an origin and returns whether it is one. */
export function register(address: string): string | undefined {
  const url = parse(address);
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  const { origin } = url;
  if (!standIns.has(origin)) {
    // The name is for people who read it; the number makes it the only one.
    const label = url.host.replace(/[^a-z0-9]+/gi, '-').replace(/^-+|-+$/g, '').slice(0, 40) || 'host';
    const host = `${label}-${standIns.size + 1}${suffix}`;
    standIns.set(origin, host);
    origins.set(host, origin);
  }
  return origin;
}

/** patch teaches a powerbi-client module the addresses that are registered. */
export function patch(client: unknown, home: string | undefined): boolean {
  const prototype = (client as Client | undefined)?.service?.Service?.prototype;
  if (!prototype || typeof prototype['embedInternal'] !== 'function') return false;
  patchFrames();
  if (Object.prototype.hasOwnProperty.call(prototype, done)) return true;
  Object.defineProperty(prototype, done, { value: true });
  wrap(prototype, 'embedInternal', (args) => {
    const [element, config, phased, bootstrap] = args as [Element | undefined, Config | undefined, unknown, unknown];
    return [element, disguise(config, element, bootstrap ? home : undefined, bootstrap === true), phased, bootstrap];
  });
  for (const name of ['createReport', 'quickCreate']) {
    wrap(prototype, name, ([element, config, ...rest]) => [element, disguise(config as Config, element as Element), ...rest]);
  }
  wrap(prototype, 'preload', ([config, ...rest]) => [disguise(config as Config), ...rest]);
  return true;
}

function wrap(prototype: Record<string, Method>, name: string, change: (args: unknown[]) => unknown[]): void {
  const original = prototype[name];
  if (typeof original !== 'function') return;
  prototype[name] = function (...args) {
    return original.apply(this, change(args));
  };
}

/** disguise returns a configuration whose address passes the SDK's check, if it is allowed. */
function disguise(config: Config | undefined, element?: Element, home?: string, bootstrap = false): Config {
  const given = config ?? {};
  const embedUrl = given.embedUrl ?? element?.getAttribute?.('powerbi-embed-url') ?? undefined;
  if (embedUrl) {
    const hidden = encode(embedUrl);
    return hidden ? { ...given, embedUrl: hidden } : given;
  }
  if (!bootstrap) return given;
  const host = given.hostname ? hostOf(given.hostname) : home && standIns.get(home);
  return host ? { ...given, hostname: host } : given;
}

/** hostOf finds the stand-in of a hostname, which people write with and without a scheme. */
function hostOf(hostname: string): string | undefined {
  const name = hostname.trim().replace(/\/+$/, '');
  const candidates = /^https?:\/\//i.test(name) ? [name] : [`https://${name}`, `http://${name}`];
  return candidates.map((c) => standIns.get(parse(c)?.origin ?? '')).find(Boolean);
}

function encode(address: string): string | undefined {
  const url = parse(address);
  const host = url && standIns.get(url.origin);
  return url && host ? `https://${host}${url.pathname}${url.search}` : undefined;
}

function decode(address: string): string {
  if (address.indexOf(suffix) < 0) return address;
  const url = parse(address);
  const origin = url && url.protocol === 'https:' ? origins.get(url.host) : undefined;
  return url && origin ? origin + url.pathname + url.search : address;
}

/** patchFrames puts the real address back where the SDK sets the src of its iframe. */
function patchFrames(): void {
  const prototype = HTMLIFrameElement.prototype as HTMLIFrameElement & { [done]?: boolean };
  if (Object.prototype.hasOwnProperty.call(prototype, done)) return;
  Object.defineProperty(prototype, done, { value: true });
  const original = prototype.setAttribute;
  prototype.setAttribute = function (name: string, value: string) {
    original.call(this, name, /^src$/i.test(name) ? decode(String(value)) : value);
  };
}

function parse(address: string): URL | undefined {
  try {
    return new URL(address);
  } catch {
    return undefined;
  }
}

/**
 * allow patches a powerbi-client module (the global one if none is passed), so that it embeds
 * from options.home, which is where this file came from, and from options.origins.
 */
export function allow(client?: unknown, options: Options = {}): boolean {
  const home = options.home ? register(options.home) : undefined;
  const others = (options.origins ?? []).map(register);
  const module = client ?? (globalThis as Record<string, unknown>)['powerbi-client'];
  return patch(module, home ?? others.find(Boolean));
}
