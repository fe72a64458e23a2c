import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useReducer, useState } from 'preact/hooks';
import type { Session } from '../session';

export interface Size {
  width: number;
  height: number;
}

/** useSize follows the inner size of an element. A frame that is not shown yet has none. */
export function useSize(ref: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    const measure = () => {
      const { clientWidth: width, clientHeight: height } = element;
      setSize((old) => (old.width === width && old.height === height ? old : { width, height }));
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}

/** useSession draws a component anew when the session changes. */
export function useSession(session: Session): void {
  const [, draw] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const stop = session.subscribe(() => draw(undefined));
    draw(undefined); // what happened between the first drawing and this
    return () => void stop();
  }, [session]);
}

/** useOutside calls back when something outside an element is pressed or focused. */
export function useOutside(ref: RefObject<HTMLElement | null>, active: boolean, leave: () => void): void {
  useEffect(() => {
    if (!active) return;
    const look = (event: Event) => {
      if (!ref.current?.contains(event.target as Node)) leave();
    };
    document.addEventListener('pointerdown', look);
    document.addEventListener('focusin', look);
    return () => {
      document.removeEventListener('pointerdown', look);
      document.removeEventListener('focusin', look);
    };
  }, [active]);
}
