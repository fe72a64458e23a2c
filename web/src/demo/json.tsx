import type { JSX } from 'preact';
import { shortened } from './side';

/** Json prints a value with its names set apart. */
export function Json({ value }: { value: unknown }): JSX.Element {
  const text = JSON.stringify(shortened(value), null, 2) ?? '';
  const parts: JSX.Element[] = [];
  let at = 0;
  for (const found of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null|-?\d+(?:\.\d+)?)\b/g)) {
    parts.push(<>{text.slice(at, found.index)}</>);
    const kind = found[2] ? 'key' : found[1] ? 'text' : 'value';
    parts.push(<span class={kind}>{found[1] ?? found[0]}</span>, <>{found[2] ?? ''}</>);
    at = found.index + found[0].length;
  }
  return (
    <pre class="json" tabIndex={0}>
      {parts}
      {text.slice(at)}
    </pre>
  );
}
