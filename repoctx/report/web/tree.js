// The folders as a tree, with what lies beneath each summed up.

class Node {
  constructor(name, parent, file = -1) {
    this.name = name;
    this.parent = parent;
    this.file = file; // its position among the files; -1 for a folder
    this.children = [];
    this.files = 0;
    this.tokens = 0;
    this.full = 0;
  }

  get isFolder() {
    return this.file < 0;
  }

  get path() {
    const above = this.parent && this.parent.parent ? `${this.parent.path}/` : '';
    return this.parent ? above + this.name : '';
  }
}

/** Return the root of the tree of all files. */
function buildTree(facts) {
  const folders = facts.folders.map(([, name]) => new Node(name, null));
  facts.folders.forEach(([above], i) => {
    if (above < 0) return;
    folders[i].parent = folders[above];
    folders[above].children.push(folders[i]);
  });
  const { folder, name, tokens, full } = facts.files;
  name.forEach((its, i) => {
    const leaf = new Node(its, folders[folder[i]], i);
    folders[folder[i]].children.push(leaf);
    for (let node = leaf; node; node = node.parent) {
      node.files += 1;
      node.tokens += tokens[i];
      node.full += full[i];
    }
  });
  const root = folders[0] || new Node('', null);
  joinChains(root);
  return root;
}

/** A folder that holds one folder and nothing else becomes one with it: `a/b`. */
function joinChains(node) {
  node.children.forEach((child, i) => {
    let last = child;
    let name = child.name;
    while (last.isFolder && last.children.length === 1 && last.children[0].isFolder) {
      [last] = last.children;
      name += `/${last.name}`;
    }
    last.name = name;
    last.parent = node;
    node.children[i] = last;
    joinChains(last);
  });
}

/** The folder of that path, or the root. */
function folderAt(root, path) {
  let node = root;
  while (path && node) {
    const next = node.children.find((child) => child.isFolder && (child.path === path || path.startsWith(`${child.path}/`)));
    if (!next) return node;
    node = next;
    if (node.path === path) return node;
  }
  return node;
}
