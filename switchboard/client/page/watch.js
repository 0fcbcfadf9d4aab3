// Notices when the page did not run: a frozen tab, a sleeping computer, a page from the back/forward cache.

// Hidden tabs may be slowed to one timer a minute; a longer gap means that nothing ran.
const GAP_MS = 90_000;
const TICK_MS = 1_000;

// Calls `tick(now)` each second, `stopped(from, ms)` after a time in which the page did not run, and `back()` when the
// person looks at the page again or the network is there again.
export function watch({ tick, stopped, back }) {
  let last = Date.now();
  let froze = null;
  const beat = () => {
    const [gap, from, now] = [Date.now() - last, last, Date.now()];
    last = now;
    if (gap > GAP_MS) stopped(from, gap);
    tick(now);
  };
  const resumed = () => {
    if (froze === null) return;
    const from = froze;
    froze = null;
    last = Date.now();
    stopped(from, last - from);
  };
  setInterval(beat, TICK_MS);
  document.addEventListener("freeze", () => (froze = Date.now()));
  document.addEventListener("resume", resumed);
  document.addEventListener("visibilitychange", () => document.hidden || (beat(), back()));
  window.addEventListener("online", back);
  window.addEventListener("pagehide", (event) => event.persisted && (froze = Date.now()));
  window.addEventListener("pageshow", (event) => event.persisted && resumed());
}
