import type { Palette } from '../theme';

/** themed turns a palette into the variables that the style sheets use. */
export function themed(colours: Palette): Record<string, string> {
  return {
    '--bg': colours.background,
    '--fg': colours.foreground,
    '--surface': colours.surface,
    '--muted': colours.muted,
    '--faint': colours.faint,
    '--line': colours.line,
    '--accent': colours.accent,
  };
}
