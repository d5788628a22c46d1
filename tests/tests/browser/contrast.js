// Every text of the page, also in what is folded, that stands out less from what is behind it than people need: 4.5, large ones 3.
(() => {
  document.querySelectorAll('details').forEach(details => { details.open = true; });
  const numbers = colour => { const found = colour.match(/[\d.]+/g).map(Number); return found.length > 3 ? found : [...found, 1]; };
  const over = (front, back) => [0, 1, 2].map(i => front[i] * front[3] + back[i] * (1 - front[3])).concat(1);
  const light = part => { part /= 255; return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4; };
  const luminance = colour => 0.2126 * light(colour[0]) + 0.7152 * light(colour[1]) + 0.0722 * light(colour[2]);
  const contrast = (one, other) => {
    const [dark, bright] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  const behind = element => {
    const own = numbers(getComputedStyle(element).backgroundColor);
    if (own[3] === 1) return own;
    return over(own, element.parentElement ? behind(element.parentElement) : [255, 255, 255, 1]);
  };
  const weak = [];
  let looked = 0;
  const look = (element, style, text) => {
    const ground = behind(element);
    const colour = element instanceof SVGElement ? style.fill : style.color;
    const size = parseFloat(style.fontSize);
    const isLarge = size >= 24 || (size >= 18.66 && parseInt(style.fontWeight) >= 700);
    const found = contrast(over(numbers(colour), ground), ground);
    looked += 1;
    if (found < (isLarge ? 3 : 4.5)) weak.push(`${found.toFixed(2)}: ${element.tagName}.${element.getAttribute('class')}: ${text.trim().slice(0, 60)}`);
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) continue;
    if (element.closest('option, title')) continue;
    look(element, getComputedStyle(element), walker.currentNode.data);
  }
  for (const field of document.querySelectorAll('input, textarea, select')) {
    if (['hidden', 'radio', 'checkbox'].includes(field.type)) continue;
    look(field, getComputedStyle(field), field.value);
    if (field.placeholder) look(field, getComputedStyle(field, '::placeholder'), field.placeholder);
  }
  return {
    looked,
    weak,
    ground: getComputedStyle(document.body).backgroundColor,
    body: contrast(numbers(getComputedStyle(document.body).color), numbers(getComputedStyle(document.body).backgroundColor)),
  };
})()
