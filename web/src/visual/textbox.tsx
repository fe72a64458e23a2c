import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { contrast } from '../theme';
import type { Run } from '../wire';
import type { Context, VisualProps } from './context';

/** TextBox shows the paragraphs of a text box. */
export function TextBox({ tile, context, done }: VisualProps): JSX.Element {
  useLayoutEffect(done);
  return (
    <div class="prose">
      {(tile.visual.paragraphs ?? []).map((paragraph, i) => (
        <p key={i} style={{ textAlign: align(paragraph.align) }}>
          {paragraph.runs.map((run, j) => (
            <Piece key={j} run={run} context={context} />
          ))}
        </p>
      ))}
    </div>
  );
}

function Piece({ run, context }: { run: Run; context: Context }): JSX.Element {
  const style = {
    fontSize: size(run.size, context.scale),
    color: colour(run.color, context),
    fontWeight: run.weight === 'bold' || /semibold|bold/i.test(run.font ?? '') ? 650 : undefined,
    fontStyle: run.italic ? 'italic' : undefined,
  };
  const href = address(run.url);
  if (!href) return <span style={style}>{run.text}</span>;
  return (
    <a href={href} target="_blank" rel="noopener noreferrer" style={style}>
      {run.text}
    </a>
  );
}

function align(value: string | undefined): 'left' | 'center' | 'right' | 'justify' | undefined {
  return value === 'center' || value === 'right' || value === 'justify' || value === 'left' ? value : undefined;
}

/** size turns points (or pixels) of the definition into pixels of the screen. */
function size(value: string | undefined, scale: number): string | undefined {
  const found = /^([\d.]+)\s*(pt|px)?$/.exec(value ?? '');
  if (!found) return undefined;
  const pixels = Number(found[1]) * (found[2] === 'px' ? 1 : 4 / 3);
  return `${Math.max(11, Math.min(96, pixels * scale)).toFixed(1)}px`;
}

/** colour keeps the author's colour unless it cannot be read on this background. */
function colour(value: string | undefined, { palette }: Context): string | undefined {
  if (!value || !/^#[0-9a-f]{6}$/i.test(value)) return undefined;
  return contrast(value, palette.background) >= 3 ? value : palette.foreground;
}

/** address lets through links to the web and to mail, and nothing that runs. */
function address(url: string | undefined): string | undefined {
  if (!url) return undefined;
  try {
    const { protocol, href } = new URL(url);
    return ['https:', 'http:', 'mailto:'].includes(protocol) ? href : undefined;
  } catch {
    return undefined;
  }
}
