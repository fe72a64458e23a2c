// The shim as a classic script:
//   <script src="powerbi.min.js"></script>
//   <script src="https://bi.example.com/inlay-embed.js" data-allow="https://other.example.com"></script>
// It sets the global inlayEmbed.allow(module?) for clients that are no global.
import { allow, type Options } from './shim';

const script = document.currentScript as HTMLScriptElement | null;
const home = script?.src;
const origins = (script?.dataset['allow'] ?? '').split(/[\s,]+/).filter(Boolean);

const bound = (client?: unknown, more: Options = {}): boolean => allow(client, { home, ...more, origins: [...origins, ...(more.origins ?? [])] });

(globalThis as Record<string, unknown>)['inlayEmbed'] = { allow: bound };

// Where the client comes later, it is there at the latest once the document is read.
if (!bound()) document.addEventListener('DOMContentLoaded', () => bound());
