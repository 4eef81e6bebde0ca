// Elements without markup in strings: whatever the gateway says becomes text.

const svgNamespace = 'http://www.w3.org/2000/svg';

export const byId = id => document.getElementById(id);

/** h('p', { class: 'soft' }, 'text', child, …); null children are left out. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(svgNamespace, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? '' : value);
    }
  }

  element.append(...children.flat(3).filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** Touches the page only when something changed, so that selections and screen readers stay undisturbed. */
export function setText(element, text) {
  const value = String(text);
  if (element.textContent !== value) {
    element.textContent = value;
  }
}

export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) {
    element.setAttribute(name, value);
  }
}

/** Shows a sentence about what failed, or hides it. */
export function showFault(element, text) {
  element.hidden = !text;
  setText(element, text ?? '');
}

export function announce(text) {
  byId('announcer').textContent = text;
}

const numbers = new Intl.NumberFormat('en');
export const count = value => typeof value === 'number' ? numbers.format(value) : '–';
export const plural = (value, one, many = one + 's') => `${count(value)} ${value === 1 ? one : many}`;

export function duration(seconds) {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) {
    return `${whole} s`;
  }

  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  }

  const hours = Math.floor(whole / 3600);
  return hours < 48 ? `${hours} h ${Math.floor(whole % 3600 / 60)} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

export const since = text => duration((Date.now() - Date.parse(text)) / 1000);

export function clock(text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? '' : at.toLocaleTimeString('en-GB');
}

const chartWidth = 120;
const chartHeight = 30;

/** A small chart of the last values, drawn anew in place. */
export class Sparkline {
  #values = [];
  #line = s('polyline', { class: 'line', fill: 'none' });
  #area = s('polygon', { class: 'area' });

  constructor(host, length = 120) {
    this.length = length;
    this.svg = s('svg', { viewBox: `0 0 ${chartWidth} ${chartHeight}`, preserveAspectRatio: 'none', role: 'img', class: 'sparkline' }, this.#area, this.#line);
    host.append(this.svg);
  }

  add(value) {
    this.#values.push(value);
    if (this.#values.length > this.length) {
      this.#values.shift();
    }

    const top = Math.max(1, ...this.#values);
    const step = chartWidth / (this.length - 1);
    const start = chartWidth - step * (this.#values.length - 1);
    const points = this.#values.map((v, i) => `${(start + i * step).toFixed(1)},${(chartHeight - 2 - v / top * (chartHeight - 5)).toFixed(1)}`);
    this.#line.setAttribute('points', points.length === 1 ? `${points[0]} ${chartWidth},${points[0].split(',')[1]}` : points.join(' '));
    this.#area.setAttribute('points', [`${start.toFixed(1)},${chartHeight}`, ...points, `${chartWidth},${chartHeight}`].join(' '));
    this.svg.setAttribute('aria-label', `Over the last ${duration(this.#values.length)}: now ${value}, at most ${Math.max(...this.#values)}`);
  }
}
