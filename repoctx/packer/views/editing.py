"""What planning a change needs to know of notebooks: their view, and the way back from it."""

from __future__ import annotations

from dataclasses import dataclass

from repoctx.packer.views.notebook import Notebook, is_notebook, read_notebook
from repoctx.packer.views.put_back import is_cells, new_notebook, put_back


@dataclass(frozen=True, slots=True)
class NotebookView:
    """A notebook as the pack shows it."""

    notebook: Notebook
    text: str

    def put(self, text: str) -> str:
        """Return the notebook's JSON for its edited cells; raises ConflictError."""
        return put_back(self.notebook, text)


class Notebooks:
    """The files that are shown as cells."""

    def view(self, path: str, text: str) -> NotebookView | None:
        """Return the view of a notebook's JSON; None for anything else."""
        found = read_notebook(text) if is_notebook(path) else None
        return None if found is None else NotebookView(found, found.text)

    def new(self, path: str, text: str) -> str:
        """Return the JSON of a notebook that is given as cells, any other text as it is."""
        return new_notebook(text) if is_notebook(path) and is_cells(text) else text
