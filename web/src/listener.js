// Inlined in the head of the embed page, before anything is fetched: a message that comes
// before someone listens is lost, and the SDK sends nothing twice. The bundle takes the queue
// over (src/inbox.ts). "ready" lets the SDK send its configuration early; only the uid of the
// address is in it.
(() => {
  const waiting = [];
  const keep = (event) => {
    if (event.source === window.parent && window.parent !== window) waiting.push(event);
  };
  addEventListener('message', keep);
  window.inlayInbox = (listener) => {
    removeEventListener('message', keep);
    delete window.inlayInbox;
    addEventListener('message', listener);
    waiting.splice(0).forEach(listener);
  };
  const uid = new URLSearchParams(location.search).get('uid');
  if (uid && window.parent !== window) {
    window.parent.postMessage({ method: 'POST', url: '/ready/' + uid, headers: { id: 'ready' }, body: {} }, '*');
  }
})();
