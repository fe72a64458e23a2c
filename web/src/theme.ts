// Colours: those of the report's theme, or a palette whose marks stand out on white (3:1) for
// every kind of colour vision.
import type { Theme } from './wire';

export interface Palette {
  series: string[];
  background: string;
  foreground: string;
  surface: string;
  muted: string;
  faint: string;
  line: string;
  accent: string;
  dark: boolean;
}

const standard = ['#2f6fde', '#0f8f83', '#c4572b', '#7c55c9', '#a9770c', '#c13f74', '#4a6a86', '#5f8a1f', '#1586b8', '#8a5a3c'];

const colour = /^#([0-9a-f]{3}|[0-9a-f]{6})$/i;

/** palette derives every colour of the page from the theme. */
export function palette(theme: Theme | undefined): Palette {
  const given = (theme?.colors ?? []).filter((c) => colour.test(c));
  const background = known(theme?.background) ?? '#f6f7f9';
  const dark = luminance(background) < 0.2;
  const surface = dark ? mix(background, '#ffffff', 0.06) : '#ffffff';
  const foreground = readable(known(theme?.foreground) ?? (dark ? '#f2f4f7' : '#1d2433'), surface, dark);
  const series = given.length ? [...given, ...standard.filter((c) => !given.includes(c))] : standard;
  const accent = series[0] ?? '#2f6fde';
  return {
    series,
    background,
    foreground,
    surface,
    muted: readable(mix(foreground, surface, 0.32), surface, dark),
    faint: mix(surface, foreground, 0.08),
    line: mix(surface, foreground, 0.13),
    accent: contrast(accent, surface) >= 3 ? accent : foreground,
    dark,
  };
}

function known(value: string | undefined): string | undefined {
  return value && colour.test(value) ? value : undefined;
}

/** readable moves a text colour away from what it stands on until it has a contrast of 4.5. */
export function readable(text: string, on: string, dark: boolean): string {
  let result = text;
  for (let n = 0; n < 10 && contrast(result, on) < 4.5; n++) result = mix(result, dark ? '#ffffff' : '#000000', 0.15);
  return result;
}

/** contrast is the ratio of WCAG between two colours. */
export function contrast(a: string, b: string): number {
  const [light, deep] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (light + 0.05) / (deep + 0.05);
}

function luminance(value: string): number {
  const [r, g, b] = channels(value).map((c) => {
    const s = c / 255;
    return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** mix lays a share of the second colour over the first. */
export function mix(a: string, b: string, share: number): string {
  const [x, y] = [channels(a), channels(b)];
  return '#' + x.map((c, i) => Math.round(c + ((y[i] ?? c) - c) * share).toString(16).padStart(2, '0')).join('');
}

function channels(value: string): number[] {
  const hex = value.slice(1);
  const full = hex.length === 3 ? [...hex].map((c) => c + c).join('') : hex;
  return [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16));
}
