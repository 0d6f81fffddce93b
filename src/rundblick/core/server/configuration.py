"""The embedded server's configuration, written anew at each start so that it follows program and machine."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

MIB = 1024 * 1024
CUSTOM = "custom.conf"


@dataclass(frozen=True, slots=True)
class Machine:
    """What the memory settings are made from, in bytes."""

    memory: int
    shared: int

    @classmethod
    def this(cls) -> Machine:
        """This machine; a container's limit counts where it is lower."""
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        limit = Path("/sys/fs/cgroup/memory.max")
        if limit.is_file() and (text := limit.read_text().strip()).isdecimal():
            memory = min(memory, int(text))
        try:
            state = os.statvfs("/dev/shm")
            shared = state.f_frsize * state.f_blocks
        except OSError:
            shared = 0
        return cls(memory, shared)


def text(data: Path, sockets: Path, machine: Machine, *, durable: bool) -> str:
    """The whole ``postgresql.conf``. ``durable=False`` is for throw-away servers of tests only."""
    safe = "on" if durable else "off"
    values = {
        # Only the owner of the socket's folder gets in, and only with a password.
        "listen_addresses": "''",
        "unix_socket_directories": _quoted(f'"{sockets}"' if "," in str(sockets) else str(sockets)),
        "unix_socket_permissions": "0700",
        "password_encryption": "'scram-sha-256'",
        "hba_file": _quoted(str(data.parent / "pg_hba.conf")),
        "data_directory": _quoted(str(data)),
        # Acknowledged means on disk.
        "fsync": safe,
        "full_page_writes": safe,
        "synchronous_commit": safe,
        "wal_level": "replica" if durable else "minimal",
        **({} if durable else {"max_wal_senders": "0"}),
        "max_connections": "100",
        "shared_buffers": _mib(machine.memory // 8, 64, 512),
        "effective_cache_size": _mib(machine.memory // 2, 128, 65536),
        "maintenance_work_mem": _mib(machine.memory // 16, 64, 512),
        "work_mem": _mib(machine.memory // 256, 4, 32),
        "max_wal_size": "'2GB'",
        "min_wal_size": "'160MB'",
        "checkpoint_timeout": "'10min'",
        "wal_compression": "on",
        "random_page_cost": "1.1",
        # Our queries are short or set-based; compiling them costs more than it saves.
        "jit": "off",
        # Docker gives 64 MiB of /dev/shm, on which parallel queries die.
        "dynamic_shared_memory_type": "posix" if machine.shared >= 256 * MIB else "mmap",
        "timezone": "'UTC'",
        "log_timezone": "'UTC'",
        "lc_messages": "'C'",
        "default_text_search_config": "'pg_catalog.simple'",
        # Seven files, one a weekday, overwritten after a week.
        "logging_collector": "on" if durable else "off",
        "log_directory": _quoted(str(data.parent / "log")),
        "log_filename": "'postgresql-%a.log'",
        "log_truncate_on_rotation": "on",
        "log_rotation_age": "'1d'",
        "log_rotation_size": "0",
        "log_line_prefix": "'%m [%p] %q%u@%d '",
        # Statements carry people's words; the log must not (FOUNDATIONS 3: logs refer to them by id).
        "log_min_error_statement": "panic",
        "log_parameter_max_length": "0",
        "log_parameter_max_length_on_error": "0",
        "log_error_verbosity": "terse",
    }
    lines = [f"{name} = {value}" for name, value in values.items()]
    head = f"# Written at each start. Your own settings go into {CUSTOM} beside this file; they win."
    return "\n".join([head, *lines, f"include = '{CUSTOM}'", ""])


HBA = "# Written at each start. Everybody who comes needs a password.\nlocal all all scram-sha-256\n"


def _mib(size: int, least: int, most: int) -> str:
    return f"'{max(least, min(most, size // MIB))}MB'"


def _quoted(value: str) -> str:
    return "'" + value.replace("\\", "\\\\").replace("'", "''") + "'"
