"""Several files and folders read by one mapping, as one plan."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path

from rundblick.connectors.mapping import Mapping, MappingError, Problem
from rundblick.connectors.reading import Plan, PlanFile, open_folder, root_of_file


def open_inputs(inputs: Sequence[Path], mapping: Mapping, without: Collection[Path] = ()) -> Plan:
    """One plan for all inputs. Names are relative to a folder that is given; a single file is known by its own name or
    with as many folders above it as the mapping names. What is given twice is read once.

    Raises FileNotFoundError, and MappingError with the problems of all inputs.
    """
    files: dict[tuple[str, str, int], PlanFile] = {}
    problems: list[Problem] = []
    for one in inputs:
        if not one.exists():
            raise FileNotFoundError(one)
        folder = one.resolve()
        root = None if folder.is_dir() else root_of_file(folder, mapping)
        try:
            plan = open_folder(folder, mapping, without=without, root=root)
        except MappingError as error:
            problems += [problem for problem in error.problems if problem not in problems]
            continue
        for file in plan.files:
            files.setdefault((file.found.path, file.found.member, file.part), file)
    if problems:
        raise MappingError(problems)
    return Plan(inputs[0], mapping, tuple(files.values()))
