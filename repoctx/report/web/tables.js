// Tables that sort, and show a page at a time so that a long one stays quick.

const PAGE = 50; // rows

/**
 * Fill `place` with a table. A column has a title and `number(row)` to sort and show by, or
 * `text(row)`, or both: then the number sorts and the text is shown; `cell(row)` makes an element.
 */
function table(place, caption, columns, rows, { sort = -1, down = false } = {}) {
  const body = element('tbody');
  const pager = element('div', { class: 'pager' });
  let start = 0;
  let sorted = rows;

  function fill() {
    body.replaceChildren(...sorted.slice(start, start + PAGE).map((row) =>
      element('tr', {}, ...columns.map((column) => cellOf(column, row)))));
    const end = Math.min(start + PAGE, sorted.length);
    pager.hidden = sorted.length <= PAGE;
    pager.replaceChildren(
      element('button', { type: 'button', disabled: start === 0, click: () => turn(-PAGE) }, 'Previous'),
      element('span', { 'aria-live': 'polite' }, `${count(Math.min(start + 1, end))} to ${count(end)} of ${count(sorted.length)}`),
      element('button', { type: 'button', disabled: end >= sorted.length, click: () => turn(PAGE) }, 'Next'));
  }

  function turn(by) {
    start = Math.max(0, start + by);
    fill();
    place.scrollIntoView({ block: 'nearest' });
  }

  function order() {
    sorted = sort < 0 ? rows : [...rows].sort(comparing(columns[sort], down));
    start = 0;
    heads.forEach((head, i) => head.setAttribute('aria-sort', i !== sort ? 'none' : down ? 'descending' : 'ascending'));
    fill();
  }

  const heads = columns.map((column, i) => element('th', { scope: 'col', class: column.number ? 'number' : '' },
    element('button', {
      type: 'button',
      click: () => { down = i === sort ? !down : Boolean(column.number); sort = i; order(); },
    }, column.title)));
  place.replaceChildren(
    element('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': caption },
      element('table', {}, element('caption', {}, caption), element('thead', {}, element('tr', {}, ...heads)), body)),
    pager);
  order();
}

function cellOf(column, row) {
  const cell = element('td', { class: column.number ? 'number' : column.brief ? 'brief' : '' });
  if (column.cell) cell.append(column.cell(row));
  else cell.textContent = column.text ? column.text(row) : count(column.number(row));
  return cell;
}

/** What is not known (NaN) comes last either way. */
function comparing(column, down) {
  const sign = down ? -1 : 1;
  if (!column.number) {
    return (a, b) => sign * (column.text(a) < column.text(b) ? -1 : column.text(a) > column.text(b) ? 1 : 0);
  }
  return (a, b) => {
    const [x, y] = [column.number(a), column.number(b)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) - Number.isNaN(y);
    return sign * (x - y);
  };
}
