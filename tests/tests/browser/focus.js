// What has the focus, and why it could not be seen; an empty text where it can. Nothing where the page itself has it.
(() => {
  const element = document.activeElement;
  if (element === document.body) return null;
  const style = getComputedStyle(element);
  // The first line of a link that takes several.
  const line = element.getClientRects()[0];
  const problems = [];
  if (style.outlineStyle === 'none' || parseFloat(style.outlineWidth) < 2) problems.push(`outline: ${style.outline}`);
  if (!line) problems.push('it is not shown');
  else {
    const [x, y] = [line.x + Math.min(line.width, innerWidth - line.x) / 2, line.y + Math.min(line.height, innerHeight) / 2];
    const top = document.elementFromPoint(x, y);
    if (!element.contains(top)) problems.push(`at ${x}, ${y} stands ${top && top.outerHTML.slice(0, 200)}`);
  }
  return {name: element.innerText.trim(), href: element.getAttribute('href') || '', hidden: problems.join('; ')};
})()
