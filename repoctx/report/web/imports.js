// The imports between folders, drawn in the layers that the facts give.

const BOX = { w: 176, h: 38, across: 190, down: 76 };
const LEGIBLE = 90; // arrows that can be told apart; the slider begins as near to it as it can

class ImportGraph {
  constructor(imports) {
    this.imports = imports;
    this.inCircle = new Set(imports.circles.flat());
    if (!imports.needs.length) {
      byId('graph').append(element('p', { class: 'empty' }, 'No file imports another one here.'));
      return;
    }
    this.places = this.placed();
    this.draw();
    this.drawSlider();
    this.drawWords();
  }

  placed() {
    const { rows } = this.imports;
    this.width = Math.max(...rows.map((row) => row.length), 3) * BOX.across;
    this.height = rows.length * BOX.down - (BOX.down - BOX.h) + 24;
    const places = [];
    rows.forEach((row, y) => {
      const pitch = Math.min(this.width / row.length, 2 * BOX.across);
      const spare = this.width - pitch * row.length;
      const left = spare * (y % 2 ? 0.7 : 0.3); // so that arrows pass beside the boxes between
      row.forEach((part, x) => {
        places[part] = { row: y, x: left + pitch * (x + 0.5), y: 12 + y * BOX.down };
      });
    });
    return places;
  }

  draw() {
    const most = Math.max(...this.imports.needs.map(([, , n]) => n));
    this.arrows = this.imports.needs.map(([a, b, n, back]) => svg('path', {
      class: back ? 'arrow back' : 'arrow',
      d: this.curve(this.places[a], this.places[b]),
      'stroke-width': (1 + 5 * Math.sqrt(n / Math.max(most, 25))).toFixed(2),
    }));
    this.boxes = this.imports.parts.map((part, i) => this.box(part, i));
    this.drawing = svg('svg', { viewBox: `-30 0 ${this.width + 60} ${this.height}`, role: 'group', 'aria-label': 'Imports between folders; the table below says the same' },
      svg('defs', {}, arrowHead('head'), arrowHead('head-back'), arrowHead('head-on')),
      svg('g', {}, ...this.arrows), svg('g', {}, ...this.boxes));
    this.drawing.style.minWidth = `${Math.min(this.width, 900)}px`;
    this.drawing.style.maxWidth = `${this.width + 60}px`;
    byId('graph').append(this.drawing);
  }

  /** Downwards from bottom to top; anything else round the outside. */
  curve(a, b) {
    if (b.row > a.row) {
      const [top, bottom] = [a.y + BOX.h, b.y - 5];
      const bend = Math.max((bottom - top) * 0.45, 18);
      return `M${a.x} ${top}C${a.x} ${top + bend} ${b.x} ${bottom - bend} ${b.x} ${bottom}`;
    }
    if (b.row === a.row) {
      const y = a.y + BOX.h;
      return `M${a.x} ${y}C${a.x} ${y + 36} ${b.x} ${y + 36} ${b.x} ${y + 5}`;
    }
    const side = a.x + b.x > this.width ? 1 : -1;
    const [x, to] = [a.x + (side * BOX.w) / 2, b.x + side * (BOX.w / 2 + 5)];
    const out = side * Math.min(34 + 9 * (a.row - b.row), 90);
    const bound = side > 0 ? Math.min(Math.max(x, to) + out, this.width + 28) : Math.max(Math.min(x, to) + out, -28);
    return `M${x} ${a.y + BOX.h / 2}C${bound} ${a.y + BOX.h / 2} ${bound} ${b.y + BOX.h / 2} ${to} ${b.y + BOX.h / 2}`;
  }

  box(part, i) {
    const { x, y } = this.places[i];
    const [left, middle] = [x - BOX.w / 2, x];
    return svg('g', {
      class: 'part',
      tabindex: 0,
      role: 'img',
      'aria-label': this.words(i),
      mouseenter: () => this.light(i),
      mouseleave: () => this.light(-1),
      focus: () => this.light(i),
      blur: () => this.light(-1),
    },
    svg('title', {}, part.path),
    svg('rect', { x: left, y, width: BOX.w, height: BOX.h, rx: 6 }),
    svg('text', { x: middle, y: y + 16, class: 'label' }, shortened(part.path, 25)),
    svg('text', { x: middle, y: y + 30, class: 'amount' }, plural(part.files, 'file')),
    ...(this.inCircle.has(i) ? [svg('text', { x: left + BOX.w - 10, y: y + 31, class: 'turn' }, '↻')] : []));
  }

  words(i) {
    const sum = (arrows) => arrows.reduce((total, [, , n]) => total + n, 0);
    const out = this.imports.needs.filter(([a]) => a === i);
    const into = this.imports.needs.filter(([, b]) => b === i);
    return `${this.imports.parts[i].path}: ${plural(sum(out), 'import')} of ${plural(out.length, 'other')}, `
      + `imported ${plural(sum(into), 'time')} by ${plural(into.length, 'other')}`;
  }

  /** Bring out a part with all its arrows, also those too weak to be drawn otherwise. */
  light(i) {
    this.drawing.classList.toggle('lit', i >= 0);
    const near = new Set([i]);
    this.imports.needs.forEach(([a, b], at) => {
      const on = a === i || b === i;
      this.arrows[at].classList.toggle('on', on);
      this.arrows[at].classList.toggle('into', on && b === i);
      if (on) near.add(a).add(b);
    });
    this.boxes.forEach((box, at) => box.classList.toggle('on', i >= 0 && near.has(at)));
    byId('graph-note').textContent = i >= 0 ? this.words(i) : this.summary;
  }

  drawSlider() {
    const counts = this.imports.needs.map(([, , n]) => n).sort((a, b) => b - a);
    const steps = [...new Set(counts)].sort((a, b) => a - b);
    const off = steps.map((n) => Math.abs(counts.filter((m) => m >= n).length - LEGIBLE));
    const first = off.indexOf(Math.min(...off));
    const slider = element('input', { type: 'range', min: 0, max: steps.length - 1, value: first, input: () => this.thin(steps[slider.value]) });
    byId('imports-bar').append(element('label', {}, 'Arrows of at least ', this.least = element('b'), slider));
    this.thin(steps[first]);
  }

  thin(least) {
    this.imports.needs.forEach(([, , n], at) => this.arrows[at].classList.toggle('weak', n < least));
    const drawn = this.imports.needs.filter(([, , n]) => n >= least).length;
    this.least.textContent = plural(least, 'import');
    this.summary = `${count(drawn)} of ${plural(this.imports.needs.length, 'arrow')} drawn. Point at a box to see all of its own.`;
    byId('graph-note').textContent = this.summary;
  }

  drawWords() {
    const { parts, circles } = this.imports;
    byId('circles').textContent = circles.length
      ? `In circles: ${circles.map((circle) => circle.map((i) => parts[i].path).join(', ')).join(' · ')}.`
      : 'No circles between these.';
    table(byId('graph-table'), 'Imports between folders', [
      { title: 'From', text: ([a]) => parts[a].path },
      { title: 'To', text: ([, b]) => parts[b].path },
      { title: 'Imports', number: ([, , n]) => n },
      { title: 'Closes a circle', text: ([, , , back]) => (back ? 'yes' : '') },
    ], this.imports.needs, { sort: 2, down: true });
  }
}

function arrowHead(id) {
  return svg('marker', { id, viewBox: '0 0 8 8', refX: 5, refY: 4, markerWidth: 7, markerHeight: 7, markerUnits: 'userSpaceOnUse', orient: 'auto' },
    svg('path', { d: 'M0 0L8 4L0 8z' }));
}

/** The end of a path says more than its beginning. */
function shortened(path, most) {
  if (path.length <= most) return path;
  const end = path.slice(path.length - most + 1);
  const whole = end.indexOf('/');
  return `…${whole >= 0 && whole < most / 2 ? end.slice(whole) : end}`;
}
