// The map of tokens: only what can be seen is drawn, and what is too small is drawn as one.

const SMALLEST = 110; // square pixels of a rectangle of its own
const HEAD = 19; // pixels of a folder's name
const GAP = 2;
const LINE = 14; // pixels of a line of a file's name

class Treemap {
  constructor(root, facts) {
    this.root = root;
    this.facts = facts;
    this.shown = root;
    this.place = byId('treemap');
    this.size = facts.about.budget ? 'full' : 'tokens';
    this.colour = facts.about.budget ? 'level' : 'kind';
    byId('map-choices').append(
      choice('Size', [['tokens', 'tokens shown'], ['full', 'tokens in full']], this.size,
        (size) => { this.size = size; this.draw(); }),
      choice('Colour', [['level', 'level'], ['kind', 'kind']], this.colour,
        (colour) => { this.colour = colour; this.draw(); }));
    this.listen();
    new ResizeObserver(() => {
      if (Math.abs(this.place.clientWidth - this.width) > 1) this.draw();
    }).observe(this.place);
  }

  listen() {
    const nodeOf = (event) => this.nodes.get(event.target.closest('[data-tokens]'));
    this.place.addEventListener('click', (event) => this.open(nodeOf(event), event.target));
    this.place.addEventListener('mousemove', (event) => showTip(this.words(nodeOf(event)), event.clientX, event.clientY));
    this.place.addEventListener('mouseleave', hideTip);
    this.place.addEventListener('focusout', hideTip);
    this.place.addEventListener('focusin', (event) => this.tipAt(event.target));
    document.addEventListener('keydown', (event) => this.pressed(event));
  }

  pressed(event) {
    const here = this.place.contains(document.activeElement) && document.activeElement;
    const typing = event.target.closest && event.target.closest('input, select, summary');
    if (event.key === 'Escape' && !typing) this.back();
    else if (here && event.key === 'Enter') this.open(this.nodes.get(here), here);
    else if (here && event.key.startsWith('Arrow')) this.move(here, event.key.slice(5));
    else return;
    event.preventDefault();
  }

  back() {
    if (!byId('tip').hidden) hideTip();
    if (!this.shown.parent) return;
    const from = this.shown;
    this.show(from.parent);
    for (const [tile, node] of this.nodes) if (node === from) tile.focus({ preventScroll: true });
  }

  open(node, target) {
    if (node && node.isFolder && node !== this.shown) {
      this.show(node);
      const first = this.place.querySelector('[tabindex="0"]');
      if (first) first.focus({ preventScroll: true });
      hideTip();
    } else if (node) this.tipAt(target);
  }

  show(node) {
    this.shown = node;
    const path = node.rest ? '' : node.path;
    history.replaceState(null, '', path ? `#in=${encodeURIComponent(path)}` : '#map');
    this.draw();
  }

  draw() {
    this.width = this.place.clientWidth;
    this.height = this.place.clientHeight;
    this.nodes = new Map();
    this.inside = new Map();
    const page = document.createDocumentFragment();
    this.fill(this.shown, { x: 0, y: 0, w: this.width, h: this.height }, page, 0);
    this.place.replaceChildren(page);
    if (!page.childNodes.length && !this.nodes.size) {
      this.place.append(element('p', { class: 'empty' }, 'There is no text here to measure.'));
    }
    this.place.setAttribute('aria-label', `Tokens in ${this.shown.path || this.facts.about.name || 'the repository'}`);
    this.drawTrail();
    this.drawLegend();
    this.drawNote();
    this.drawTable();
  }

  fill(folder, box, page, depth) {
    const parts = this.parts(folder, box);
    const boxes = squarify(parts.map((part) => part[this.size]), box);
    parts.forEach((part, i) => this.drawPart(part, boxes[i], page, depth));
  }

  /** The children that can be seen, largest first, and one for all that are too small. */
  parts(folder, box) {
    const sized = folder.children.filter((child) => child[this.size] > 0)
      .sort((a, b) => b[this.size] - a[this.size] || (a.name < b.name ? -1 : 1));
    const total = sized.reduce((sum, child) => sum + child[this.size], 0);
    const least = (SMALLEST * total) / (box.w * box.h);
    let large = sized.filter((child) => child[this.size] >= least).length;
    if (folder.rest && !large) large = Math.ceil(sized.length / 2); // opening it must lead on
    const small = sized.slice(large);
    return small.length < 2 ? sized : [...sized.slice(0, large), restOf(folder, small)]
      .sort((a, b) => b[this.size] - a[this.size]);
  }

  drawPart(part, box, page, depth) {
    const opened = part.isFolder && !part.rest && box.w > 54 && box.h > HEAD + 22;
    const tile = this.tile(part, box, opened, depth);
    this.nodes.set(tile, part);
    page.append(tile);
    if (!opened) return;
    const inner = { x: box.x + GAP + 1, y: box.y + HEAD, w: box.w - 2 * GAP - 2, h: box.h - HEAD - GAP - 1 };
    this.fill(part, inner, page, depth + 1);
  }

  tile(part, box, opened, depth) {
    const category = opened ? 'open' : part.rest ? 'more' : this.category(part);
    const tile = element('div', {
      class: `tile ${category}${part.isFolder && !opened ? ' closed' : ''}`,
      'data-tokens': part[this.size],
      'data-opened': opened,
      role: part.isFolder ? 'button' : 'img',
      tabindex: part.isFolder && depth === 0 ? 0 : -1,
      'aria-label': this.words(part).join('. '),
    });
    const across = (value) => `${(100 * value) / this.width}%`;
    const down = (value) => `${(100 * value) / this.height}%`;
    const style = { left: across(box.x), top: down(box.y), width: across(box.w), height: down(box.h) };
    Object.assign(tile.style, style);
    if (opened || (box.w > 28 && box.h > 14)) tile.append(...this.label(part, box, opened));
    return tile;
  }

  /** The name, on as many lines as there is room for, and the tokens. */
  label(part, box, opened) {
    const text = part.name + (part.isFolder && !part.rest ? '/' : '');
    const name = element('span', { class: 'label' }, ...(opened ? [text] : breakable(text)));
    const lines = Math.floor((box.h - 2) / LINE);
    const amount = box.w > (opened ? 90 : 44) && (opened || lines > 2);
    if (!opened) name.style.webkitLineClamp = Math.max(1, lines - amount);
    return amount ? [name, element('span', { class: 'amount' }, short(part[this.size]))] : [name];
  }

  /** The level or kind that has most of the tokens. */
  category(part) {
    const { level, kind } = this.facts.files;
    const [column, names] = this.colour === 'level' ? [level, this.facts.levels] : [kind, this.facts.kinds];
    if (!part.isFolder) return names[column[part.file]];
    const sums = new Map();
    eachFile(part, (leaf) => sums.set(column[leaf.file], (sums.get(column[leaf.file]) || 0) + leaf[this.size]));
    return names[[...sums].reduce((best, one) => (one[1] > best[1] ? one : best))[0]];
  }

  /** What there is to say of a rectangle, a line each. */
  words(part) {
    if (!part) return [];
    const whole = percent(part[this.size], this.root[this.size]);
    if (part.rest) return [part.name, `${plural(part[this.size], 'token')}, ${whole}`];
    const amounts = [`${plural(part.tokens, 'token')} shown, ${count(part.full)} in full`, `${whole} of the repository`];
    if (part.isFolder) return [`${part.path}/`, ...amounts, plural(part.files, 'file')];
    const { level, kind, reason, needed_by: needed, redacted } = this.facts.files;
    const i = part.file;
    const why = this.facts.reasons[reason[i]];
    const words = [part.path, ...amounts, `${this.facts.levels[level[i]]}${why ? `: ${why}` : ''}`];
    if (kind[i] >= 0) words.push(`${this.facts.kinds[kind[i]]}, needed by ${plural(needed[i], 'file')}`);
    if (redacted[i]) words.push(`${plural(redacted[i], 'secret')} redacted`);
    return words;
  }

  tipAt(target) {
    const tile = target.closest('[data-tokens]');
    if (!tile) return;
    const box = tile.getBoundingClientRect();
    showTip(this.words(this.nodes.get(tile)), box.left + Math.min(box.width / 2, 60), box.top + Math.min(box.height, 24));
  }

  /** Focus the nearest rectangle in the direction. */
  move(from, direction) {
    const [dx, dy] = { Left: [-1, 0], Right: [1, 0], Up: [0, -1], Down: [0, 1] }[direction];
    const middle = (tile) => {
      const box = tile.getBoundingClientRect();
      return [box.left + box.width / 2, box.top + (tile.hasAttribute('data-opened') ? HEAD / 2 : box.height / 2)];
    };
    const [x, y] = middle(from);
    let best = [Infinity, null];
    for (const tile of this.nodes.keys()) {
      const [a, b] = middle(tile);
      const ahead = (a - x) * dx + (b - y) * dy;
      const aside = Math.abs((a - x) * dy) + Math.abs((b - y) * dx);
      if (tile !== from && ahead > 1 && ahead + 2 * aside < best[0]) best = [ahead + 2 * aside, tile];
    }
    if (best[1]) best[1].focus({ preventScroll: true });
  }

  drawTrail() {
    const crumbs = [];
    for (let node = this.shown; node; node = node.parent) {
      const name = node.parent ? node.name : this.facts.about.name || 'repository';
      crumbs.unshift(node === this.shown
        ? element('span', { 'aria-current': 'true' }, name)
        : element('button', { type: 'button', click: () => this.show(node) }, name));
    }
    const amount = element('span', { class: 'amount' }, plural(this.shown[this.size], 'token'));
    byId('trail').replaceChildren(...crumbs, amount);
  }

  drawLegend() {
    const { level, kind } = this.facts.files;
    const [column, names] = this.colour === 'level' ? [level, this.facts.levels] : [kind, this.facts.kinds];
    const sums = names.map(() => 0);
    eachFile(this.shown, (leaf) => { if (column[leaf.file] >= 0) sums[column[leaf.file]] += leaf[this.size]; });
    const entries = names.map((name, i) => [name, sums[i]]).filter(([, sum]) => sum > 0);
    byId('legend').replaceChildren(...entries.map(([name, sum]) =>
      element('span', { class: 'key' }, element('i', { class: name }), name,
        element('b', {}, percent(sum, this.shown[this.size])))));
  }

  drawNote() {
    let without = 0;
    eachFile(this.shown, (leaf) => { without += leaf[this.size] ? 0 : 1; });
    const frame = this.facts.about.tokens - this.root.tokens;
    byId('map-note').textContent = [
      this.size === 'tokens' && this.shown === this.root && `The pack's manifest and frame take the other ${plural(frame, 'token')}.`,
      without && `${plural(without, 'file')} without such tokens ${without === 1 ? 'has' : 'have'} no rectangle; see the list further down.`,
    ].filter(Boolean).join(' ');
  }

  drawTable() {
    const rows = this.shown.children.filter((child) => child[this.size] > 0);
    table(byId('map-table'), 'Contents of this folder', [
      { title: 'Name', text: (node) => node.name + (node.isFolder ? '/' : '') },
      { title: 'Files', number: (node) => node.files },
      { title: 'Tokens shown', number: (node) => node.tokens },
      { title: 'Tokens in full', number: (node) => node.full },
      { title: 'Share', number: (node) => node[this.size], text: (node) => percent(node[this.size], this.shown[this.size]) },
    ], rows, { sort: 4, down: true });
  }
}

/** One node for many small ones; it can be opened like a folder. */
function restOf(folder, small) {
  const rest = new Node(`${count(small.length)} more`, folder);
  rest.rest = true;
  rest.children = small;
  for (const node of small) {
    rest.files += node.files;
    rest.tokens += node.tokens;
    rest.full += node.full;
  }
  return rest;
}

/** The text with places where a line may end, before a point and after a dash. */
function breakable(text) {
  return text.split(/(?=\.)|(?<=[_\-/])/).flatMap((piece, i) => (i ? [element('wbr'), piece] : [piece]));
}

function eachFile(node, visit) {
  if (!node.isFolder) visit(node);
  else node.children.forEach((child) => eachFile(child, visit));
}

function showTip(words, x, y) {
  const tip = byId('tip');
  if (!words.length) { hideTip(); return; }
  tip.replaceChildren(...words.map((line, i) => element(i ? 'span' : 'b', {}, line)));
  tip.hidden = false;
  const { offsetWidth: w, offsetHeight: h } = tip;
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - w - 8))}px`;
  tip.style.top = `${y + 18 + h > innerHeight ? Math.max(4, y - h - 12) : y + 18}px`;
}

function hideTip() {
  byId('tip').hidden = true;
}
