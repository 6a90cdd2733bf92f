"""A kernel filter (seccomp BPF) that takes system calls away from a confined command.

What widens the kernel's surface or reaches into other processes is denied in every sandbox. Under
Landlock alone there are no namespaces, and Landlock does not guard sockets, shared memory, process
groups, other processes' limits and a file's metadata: there those calls are denied too, and calls
that set metadata and priorities do nothing and report success, as under fakeroot, so that programs
that copy modes and times go on working.

seccomp(2), Documentation/userspace-api/seccomp_filter.rst; numbers from the kernel's tables.
"""

from __future__ import annotations

import ctypes
import errno
import os
import struct

_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_LOAD, _JUMP_EQUAL, _JUMP_SET, _JUMP_AT_LEAST, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_NUMBER, _ARCHITECTURE, _FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data
_NAMESPACE_FLAGS = 0x7E020000  # CLONE_NEW*: ns, cgroup, uts, ipc, user, pid, net
_X32 = 0x40000000

# name: (x86_64, asm-generic as on aarch64); -1 where the machine has no such call
_CALLS = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51),
    "open_tree": (428, 428), "move_mount": (429, 429), "fsopen": (430, 430),
    "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433),
    "mount_setattr": (442, 442), "unshare": (272, 97), "setns": (308, 268), "bpf": (321, 280),
    "perf_event_open": (298, 241), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "userfaultfd": (323, 282), "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426), "io_uring_register": (427, 427), "kexec_load": (246, 104),
    "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "open_by_handle_at": (304, 265), "pidfd_getfd": (438, 438), "kcmp": (312, 272),
    "swapon": (167, 224), "reboot": (169, 142), "quotactl": (179, 60), "acct": (163, 89),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "syslog": (103, 116),
    "socket": (41, 198), "setsid": (112, 157), "setpgid": (109, 154),
    "shmget": (29, 194), "shmat": (30, 196), "shmctl": (31, 195), "semget": (64, 190),
    "semop": (65, 193), "semtimedop": (220, 192), "semctl": (66, 191), "msgget": (68, 186),
    "msgsnd": (69, 189), "msgrcv": (70, 188), "msgctl": (71, 187), "mq_open": (240, 180),
    "mq_unlink": (241, 181), "migrate_pages": (256, 238), "move_pages": (279, 239),
    "fanotify_init": (300, 262),
    "chmod": (90, -1), "fchmod": (91, 52), "fchmodat": (268, 53), "fchmodat2": (452, 452),
    "chown": (92, -1), "lchown": (94, -1), "fchown": (93, 55), "fchownat": (260, 54),
    "utime": (132, -1), "utimes": (235, -1), "futimesat": (261, -1), "utimensat": (280, 88),
    "setxattr": (188, 5), "lsetxattr": (189, 6), "fsetxattr": (190, 7), "setxattrat": (463, 463),
    "removexattr": (197, 14), "lremovexattr": (198, 15), "fremovexattr": (199, 16),
    "removexattrat": (466, 466), "file_setattr": (469, 469),
    "setpriority": (141, 140), "ioprio_set": (251, 30), "sched_setparam": (142, 118),
    "sched_setscheduler": (144, 119), "sched_setaffinity": (203, 122),
    "sched_setattr": (314, 274),
    "clone": (56, 220), "clone3": (435, 435), "prlimit64": (302, 261),
}  # fmt: skip
_NAMES = tuple(_CALLS)
_DENIED = _NAMES[: _NAMES.index("socket")]
_UNWALLED = _NAMES[_NAMES.index("socket") : _NAMES.index("chmod")]
_PRETENDED = _NAMES[_NAMES.index("chmod") : _NAMES.index("clone")]
_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1), "riscv64": (0xC00000F3, 1)}


def supported() -> bool:
    """True when the filter knows this machine's system call numbers."""
    return os.uname().machine in _MACHINES


def install(*, walled: bool) -> None:
    """Filter this thread and its future children for good; needs no_new_privs.

    ``walled`` says that namespaces keep network, processes and file systems apart already.
    Raises ``OSError``.
    """
    program = _program(walled)
    code = ctypes.create_string_buffer(program, len(program))
    filter_ = struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code))
    libc = ctypes.CDLL(None, use_errno=True)
    pointer = ctypes.create_string_buffer(filter_, len(filter_))
    if libc.prctl(22, 2, ctypes.c_void_p(ctypes.addressof(pointer)), 0, 0) != 0:  # SET_SECCOMP
        raise OSError(ctypes.get_errno(), "seccomp")


def _program(walled: bool) -> bytes:
    """The filter's instructions: check the machine, then one comparison for each call."""
    architecture, column = _MACHINES[os.uname().machine]
    answers = dict.fromkeys(_DENIED, _ERRNO | errno.EPERM) | {"clone3": _ERRNO | errno.ENOSYS}
    if not walled:
        answers |= dict.fromkeys(_UNWALLED, _ERRNO | errno.EPERM)
        answers |= dict.fromkeys(_PRETENDED, _ERRNO)
    lines = [_op(_LOAD, _ARCHITECTURE), _op(_JUMP_EQUAL, architecture, 1, 0), _op(_RETURN, _KILL)]
    lines += [_op(_LOAD, _NUMBER), _op(_JUMP_AT_LEAST, _X32, 0, 1), _op(_RETURN, _KILL)]
    for name, answer in answers.items():
        number = _CALLS[name][column]
        if number >= 0:
            lines += [_op(_JUMP_EQUAL, number, 0, 1), _op(_RETURN, answer)]
    lines += [_op(_JUMP_EQUAL, _CALLS["prlimit64"][column], 0, 3), _op(_LOAD, _FIRST_ARGUMENT)]
    lines += [_op(_JUMP_EQUAL, 0, 1, 0), _op(_RETURN, _ERRNO | errno.EPERM), _op(_LOAD, _NUMBER)]
    lines += [_op(_JUMP_EQUAL, _CALLS["clone"][column], 0, 3), _op(_LOAD, _FIRST_ARGUMENT)]
    lines += [_op(_JUMP_SET, _NAMESPACE_FLAGS, 0, 1), _op(_RETURN, _ERRNO | errno.EPERM)]
    return b"".join([*lines, _op(_RETURN, _ALLOW)])


def _op(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("HBBI", code, if_true, if_false, value)
