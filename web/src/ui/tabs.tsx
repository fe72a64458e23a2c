// The tabs of the pages. One tab stop for all of them; the arrow keys move between.
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import type { Session } from '../session';
import { text } from '../text';

/** reveal scrolls a box, and nothing around it, until a child of it can be seen. */
function reveal(box: HTMLElement, child: HTMLElement): void {
  const [outer, inner] = [box.getBoundingClientRect(), child.getBoundingClientRect()];
  box.scrollLeft += Math.min(0, inner.left - outer.left) + Math.max(0, inner.right - outer.right);
  box.scrollTop += Math.min(0, inner.top - outer.top) + Math.max(0, inner.bottom - outer.bottom);
}

/** Tabs lets a viewer choose a page. */
export function Tabs({ session, upright }: { session: Session; upright: boolean }): JSX.Element | null {
  const list = useRef<HTMLDivElement>(null);
  const active = session.activePage()?.name;
  const pages = (session.definition?.pages ?? []).filter((p) => p.visibility !== 1 || p.name === active);
  useEffect(() => {
    // Not scrollIntoView: it would scroll the page of the host, too.
    const tab = list.current?.querySelector<HTMLElement>('[aria-selected=true]');
    if (list.current && tab) reveal(list.current, tab);
  }, [active]);
  if (pages.length < 2) return null;

  function move(event: KeyboardEvent): void {
    const at = pages.findIndex((p) => p.name === active);
    const [back, forth] = upright ? ['ArrowUp', 'ArrowDown'] : ['ArrowLeft', 'ArrowRight'];
    const next = { [back as string]: at - 1, [forth as string]: at + 1, Home: 0, End: pages.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    const page = pages[(next + pages.length) % pages.length];
    if (!page) return;
    session.choosePage(page.name);
    list.current?.querySelectorAll<HTMLElement>('[role=tab]')[pages.indexOf(page)]?.focus();
  }

  return (
    <div class="tabs" role="tablist" ref={list} aria-label={text.pages} aria-orientation={upright ? 'vertical' : 'horizontal'} onKeyDown={move}>
      {pages.map((page) => (
        <button
          key={page.name}
          type="button"
          role="tab"
          aria-selected={page.name === active}
          aria-controls="sheet"
          tabIndex={page.name === active ? 0 : -1}
          title={page.displayName}
          onClick={() => session.choosePage(page.name)}
        >
          {page.displayName}
        </button>
      ))}
    </div>
  );
}
