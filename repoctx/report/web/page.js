// Put the page together.

const facts = JSON.parse(byId('facts').textContent);

function drawHead() {
  const { about } = facts;
  document.title = `${about.name || 'repository'}: repoctx report`;
  byId('name').textContent = about.name || 'this repository';
  byId('asked').textContent = [
    about.rev && `at ${about.rev}`,
    about.question && `for the question “${about.question}”`,
  ].filter(Boolean).join(', ');
  const { resolved, unresolved, external } = about.imports;
  byId('figures').append(...[
    ['Tokens', count(about.tokens), about.budget ? `${percent(about.tokens, about.budget)} of a budget of ${count(about.budget)}` : `${about.encoding}, no budget`],
    ['Files', count(facts.files.name.length), `${count(about.levels.full)} in full`],
    ['Size', bytes(about.bytes), `as ${about.format}${about.budget ? `, counted with ${about.encoding}` : ''}`],
    ['Imports resolved', resolved + unresolved ? percent(resolved, resolved + unresolved) : 'none', `${count(resolved)} found, ${count(unresolved)} not; ${count(external)} external`],
    ['Secrets redacted', count(about.redacted), about.redacted ? 'replaced by placeholders' : 'none found in what is shown'],
  ].map(([title, value, note]) => element('div', { class: 'figure' },
    element('span', { class: 'title' }, title), element('b', {}, value), element('span', { class: 'note' }, note))));
  drawLevels();
}

const bytes = (number) => (number < 1000 ? `${number} B` : `${short(number)}B`);

function drawLevels() {
  const { levels } = facts.about;
  const all = facts.files.name.length || 1;
  const shown = facts.levels.filter((level) => levels[level]);
  const strip = element('div', { class: 'strip', 'aria-hidden': 'true' });
  for (const level of shown) {
    const piece = element('i', { class: level });
    piece.style.flexGrow = levels[level] / all;
    strip.append(piece);
  }
  byId('levels').append(strip, ...shown.map((level) =>
    element('span', { class: 'key' }, element('i', { class: level }), level, element('b', {}, plural(levels[level], 'file')))));
}

function drawRest(root) {
  const { level, reason, full } = facts.files;
  const rows = [];
  eachFile(root, (leaf) => {
    const i = leaf.file;
    if (facts.levels[level[i]] === 'full') return;
    rows.push({ path: leaf.path, level: facts.levels[level[i]], reason: facts.reasons[reason[i]], full: full[i] });
  });
  rows.sort((a, b) => b.full - a.full || (a.path < b.path ? -1 : 1));
  const lost = rows.reduce((sum, row) => sum + row.full, 0);
  byId('rest-note').textContent = rows.length
    ? `${plural(rows.length, 'file')}, ${plural(lost, 'token')} in full. Outlines, and names in the pack's manifest, stand for some of them.`
    : 'Nothing: every file is there in full.';
  if (!rows.length) return;
  const wanted = { words: '', level: '', reason: '' };
  const fill = () => {
    const words = wanted.words.toLowerCase();
    const found = rows.filter((row) => (!words || row.path.toLowerCase().includes(words))
      && (!wanted.level || row.level === wanted.level) && (!wanted.reason || alike(row.reason) === wanted.reason));
    byId('rest-count').textContent = plural(found.length, 'file');
    table(byId('rest-table'), 'Files that are not in full', [
      { title: 'Path', text: (row) => row.path },
      { title: 'Level', brief: true, text: (row) => row.level, cell: (row) => element('span', { class: 'key' }, element('i', { class: row.level }), row.level) },
      { title: 'Reason', text: (row) => row.reason, cell: (row) => element('span', {}, ...breakable(row.reason)) },
      { title: 'Tokens in full', number: (row) => row.full },
    ], found, { sort: 3, down: true });
  };
  drawReasons(rows, wanted, fill);
  byId('rest-bar').append(
    element('label', {}, 'Path holds ', element('input', { type: 'search', input: (event) => { wanted.words = event.target.value; fill(); } })),
    element('label', {}, 'Level ', element('select', { change: (event) => { wanted.level = event.target.value; fill(); } },
      element('option', { value: '' }, 'any'),
      ...facts.levels.filter((one) => one !== 'full').map((one) => element('option', { value: one }, one)))),
    element('span', { id: 'rest-count', class: 'amount', 'aria-live': 'polite' }));
  fill();
}

/** Reasons that differ in their figures or in a link's target only are one. */
const alike = (reason) => reason.replace(/^(symbolic link) to .*/, '$1').replace(/,? ?\d[\d,.]*( bytes)?/g, '');

function drawReasons(rows, wanted, fill) {
  const counts = new Map();
  for (const row of rows) counts.set(alike(row.reason), (counts.get(alike(row.reason)) || 0) + 1);
  const common = [...counts].sort((a, b) => b[1] - a[1]).slice(0, 12);
  const chips = common.map(([reason, number]) =>
    element('button', {
      type: 'button',
      class: 'chip',
      'aria-pressed': 'false',
      click: (event) => {
        wanted.reason = wanted.reason === reason ? '' : reason;
        for (const chip of chips) chip.setAttribute('aria-pressed', String(chip === event.currentTarget && wanted.reason !== ''));
        fill();
      },
    }, reason || 'no reason given', element('b', {}, count(number))));
  const rare = counts.size - chips.length;
  byId('reasons').append(...chips, ...(rare ? [element('span', { class: 'note' }, `and ${plural(rare, 'rarer reason')}`)] : []));
}

function drawCosts() {
  const { tokens, encoding } = facts.about;
  byId('costs-note').textContent = `For these ${count(tokens)} tokens alone, without the question and the answer, in US dollars; `
    + `prices of genai-prices ${facts.prices}, the dearest of the day where they depend on the hour, the input’s where a cache has none. `
    + `Tokens are counted with ${encoding}: other vendors' models count the same text differently. `
    + 'A model is listed when it is yours, or of a vendor\'s current generations with a window of half a million tokens or more.';
  const dollars = (name) => ({ number: (row) => row[name] ?? NaN, text: (row) => money(row[name]) });
  table(byId('costs-table'), 'Cost by model', [
    { title: 'Model', brief: true, text: (row) => row.model, cell: (row) => element('span', row.own ? { class: 'own' } : {}, row.model) },
    { title: 'Provider', brief: true, text: (row) => row.provider || 'not known' },
    { title: 'Window', number: (row) => row.window ?? NaN, text: (row) => (row.window ? count(row.window) : 'not known') },
    { title: 'Fits', number: (row) => (row.window ? tokens / row.window : NaN), text: () => '', cell: fits },
    { title: 'Uncached', ...dollars('uncached') },
    { title: 'Read from cache', ...dollars('read') },
    { title: 'Written to cache', ...dollars('write') },
  ], facts.costs);
}

function fits(row) {
  if (!row.window) return element('span', { class: 'note' }, 'not known');
  const share = facts.about.tokens / row.window;
  const bar = element('i', { class: share > 1 ? 'over' : '' });
  bar.style.width = `${Math.min(share, 1) * 100}%`;
  const words = share > 1 ? `no, ${share < 9.95 ? share.toFixed(1) : count(Math.round(share))} windows` : `yes, ${percent(share, 1)}`;
  return element('span', { class: 'fits' }, words, element('span', { class: 'meter', 'aria-hidden': 'true' }, bar));
}

function money(amount) {
  if (amount === null || amount === undefined) return 'not known';
  if (amount === 0) return '$0';
  if (amount < 0.0001) return '<$0.0001';
  if (amount < 0.1) return `$${Number(amount.toPrecision(2))}`;
  return `$${amount.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

function drawPage() {
  drawHead();
  const root = buildTree(facts);
  const map = new Treemap(root, facts);
  const goTo = () => {
    const wanted = new URLSearchParams(location.hash.slice(1)).get('in');
    if (wanted !== null) map.shown = folderAt(root, wanted);
    map.draw();
  };
  addEventListener('hashchange', goTo);
  goTo();
  new ImportGraph(facts.imports);
  drawRest(root);
  drawCosts();
}

drawPage();
