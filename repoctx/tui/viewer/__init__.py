"""A file of the repository, opened at a line."""

from repoctx.tui.viewer.viewer import OpenPlace, Viewer

__all__ = ["OpenPlace", "Viewer"]
