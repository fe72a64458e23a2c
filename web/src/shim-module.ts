// The shim as a module:
//   import * as pbi from 'powerbi-client';
//   import { allow } from 'https://bi.example.com/inlay-embed.mjs';
//   allow(pbi);
// Where it is bundled into other code, it came from nowhere: name the server in options.origins.
import { allow as allowFrom, type Options } from './shim';

export function allow(client?: unknown, options: Options = {}): boolean {
  return allowFrom(client, { home: import.meta.url, ...options });
}
