// What makes the page scroll sideways: elements that reach beyond the window and stand in nothing that scrolls or cuts by itself.
(() => {
  document.querySelectorAll('details').forEach(details => { details.open = true; });
  const root = document.documentElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  const isHeld = element => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      if (getComputedStyle(at).overflowX !== 'visible') return true;
    }
    return false;
  };
  const beyond = [...document.body.querySelectorAll('*')].filter(element => {
    const right = element.getBoundingClientRect().right + scrollX;
    return right > root.clientWidth + 0.5 && !isHeld(element);
  });
  return [`${root.scrollWidth} of ${root.clientWidth}`, ...beyond.map(element => element.outerHTML.slice(0, 160))];
})()
