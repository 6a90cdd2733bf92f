"""How much of the machine a confined command may use."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Bounds:
    """Upper bounds; the first one that is passed ends or fails the command."""

    seconds: float = 60.0
    """Wall-clock time of the whole command."""
    cpu_seconds: int = 60
    """Processor time of each process (RLIMIT_CPU)."""
    memory: int = 4096 * MEBIBYTE
    """Bytes of address space of each process (RLIMIT_AS)."""
    resident: int = 4096 * MEBIBYTE
    """Bytes of resident memory of all processes together, watched four times a second."""
    processes: int = 64
    """Processes and threads at one time (RLIMIT_NPROC)."""
    disk: int = 256 * MEBIBYTE
    """Bytes in the writable folder."""
    file_size: int = 64 * MEBIBYTE
    """Bytes of one file (RLIMIT_FSIZE)."""
    open_files: int = 256
    """Descriptors of one process (RLIMIT_NOFILE)."""

    def rlimits(self) -> dict[str, int]:
        """Return what the kernel bounds for each process, by the names in ``resource``."""
        return {
            "RLIMIT_CPU": self.cpu_seconds,
            "RLIMIT_AS": self.memory,
            "RLIMIT_NPROC": self.processes,
            "RLIMIT_FSIZE": self.file_size,
            "RLIMIT_NOFILE": self.open_files,
            "RLIMIT_CORE": 0,
        }
