// Build elements and format numbers. Text reaches the page as text only, never as markup.

addEventListener('error', (event) => {
  const place = document.getElementById('failed');
  place.hidden = false;
  place.textContent = `This page could not be drawn whole: ${event.message}`;
});

const byId = (id) => document.getElementById(id);

/** Make an element: `attributes` are set as such, functions become listeners. */
function element(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS('http://www.w3.org/2000/svg', tag), attributes, children);
}

function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') node.addEventListener(name, value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children);
  return node;
}

const count = (number) => number.toLocaleString('en-US');

/** A count in few characters: 950, 12 k, 3.4 M. */
function short(number) {
  for (const [size, unit] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']]) {
    if (number >= size * 0.9995) {
      const scaled = number / size;
      return `${scaled >= 99.5 ? scaled.toFixed(0) : Number(scaled.toPrecision(2))} ${unit}`;
    }
  }
  return String(number);
}

const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;

function percent(part, whole) {
  const share = whole ? (100 * part) / whole : 0;
  if (part < whole && share >= 99.5) return `${Math.min(share, 99.9).toFixed(1)} %`; // all is only all
  return share > 0 && share < 0.1 ? '<0.1 %' : `${share.toFixed(share < 10 ? 1 : 0)} %`;
}

/** Buttons of which one is pressed. */
function choice(label, options, chosen, choose) {
  const buttons = options.map(([value, text]) =>
    element('button', {
      type: 'button',
      'aria-pressed': String(value === chosen),
      click: () => {
        buttons.forEach((button, i) => button.setAttribute('aria-pressed', String(options[i][0] === value)));
        choose(value);
      },
    }, text));
  return element('div', { class: 'choice', role: 'group', 'aria-label': label },
    element('span', {}, label), ...buttons);
}
