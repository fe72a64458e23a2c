import type { Tile } from '../board';
import type { Box } from '../layout';
import type { Session } from '../session';
import type { Palette } from '../theme';

/** Context is what all visuals of a page share. */
export interface Context {
  session: Session;
  palette: Palette;
  locale: string;
  scale: number;
  /** The page is shown as one column. */
  column: boolean;
}

export interface VisualProps {
  tile: Tile;
  box: Box;
  context: Context;
  /** Called once this version of the visual is on screen. */
  done: () => void;
}
