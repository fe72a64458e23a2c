// Widths of text, measured as the browser draws it.

export const fontFamily = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

let context: CanvasRenderingContext2D | null | undefined;

/** textWidth is the width of a text in pixels at a font size. */
export function textWidth(text: string, size: number, weight = 400): number {
  if (context === undefined) context = document.createElement('canvas').getContext('2d');
  if (!context) return text.length * size * 0.6;
  context.font = `${weight} ${size}px ${fontFamily}`;
  return context.measureText(text).width;
}
