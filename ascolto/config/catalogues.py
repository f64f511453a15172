# SPDX-License-Identifier: Apache-2.0
"""Compiles the translation catalogues (.po -> .mo) that are newer than their compiled form, with Babel.

The compiled files are not kept in the repository and no gettext tools are needed on the machine.
"""

import os
from pathlib import Path

HOUSE = Path(__file__).resolve().parents[1]


def compile_catalogues(root: Path = HOUSE) -> list[Path]:
    """Compile what is stale below `root`; returns the catalogues written. Raises on a broken .po (a build error)."""
    stale = [source for source in sorted(root.rglob("locale/*/LC_MESSAGES/*.po")) if _is_stale(source)]
    return [_compile(source) for source in stale]


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime < source.stat().st_mtime


def _compile(source: Path) -> Path:
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    target = source.with_suffix(".mo")
    with source.open("rb") as file:
        catalogue = read_po(file, locale=source.parts[-3], abort_invalid=True)
    part = target.with_name(f"{target.name}.{os.getpid()}.part")
    with part.open("wb") as file:
        write_mo(file, catalogue)
    part.replace(target)
    return target
