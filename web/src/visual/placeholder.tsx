import type { JSX } from 'preact';
import { useLayoutEffect } from 'preact/hooks';
import { text } from '../text';
import { Icon } from '../ui/icons';
import type { VisualProps } from './context';

/** Placeholder stands for a visual of a type that is not drawn, and names it. */
export function Placeholder({ tile, done }: VisualProps): JSX.Element {
  useLayoutEffect(done);
  return (
    <div class="state quiet" role="note">
      <Icon name="puzzle" />
      <strong>{tile.visual.title || text.unsupportedVisual}</strong>
      <span>
        {tile.visual.title ? `${text.unsupportedVisual}: ` : ''}
        {tile.visual.type}
      </span>
    </div>
  );
}
