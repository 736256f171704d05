// The grid fills the window down to its lower edge, whatever stands above it, so that head and totals stay in sight.

const BELOW = 40;
const LEAST = 320;

export function fitFrame(frame) {
  const fit = () => {
    const top = frame.getBoundingClientRect().top + window.scrollY;
    frame.style.maxHeight = `${Math.max(LEAST, window.innerHeight - top - BELOW)}px`;
  };
  fit();
  window.addEventListener("resize", fit);
  const watch = new ResizeObserver(fit);
  for (const above of frame.parentElement.children) {
    if (above === frame) break;
    watch.observe(above);
  }
}
