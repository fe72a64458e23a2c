// Takes over the queue of the inline listener (listener.js).
import type { Message } from './protocol';

/** inbox delivers what the inline listener kept, then every new message. */
export function inbox(listener: (event: Message) => void): void {
  const take = (window as { inlayInbox?: (listener: (event: Message) => void) => void }).inlayInbox;
  if (take) take(listener);
  else window.addEventListener('message', listener);
}
