"""The conversation as it is seen: questions, answers as they stream in, what happened beside."""

from repoctx.tui.transcript.transcript import Transcript

__all__ = ["Transcript"]
