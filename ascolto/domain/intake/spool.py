# SPDX-License-Identifier: Apache-2.0
"""A sequence kept in a temporary file, so that a statement of any length takes the memory of one block."""

from __future__ import annotations

import pickle
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Generic, TypeVar, overload

T = TypeVar("T")
_BLOCK = 500


class Spool(Sequence[T], Generic[T]):
    """Filled by `add`, then read as often as one likes, from first to last. The file goes with the object.

    Only what this process wrote itself is unpickled."""

    def __init__(self) -> None:
        self._file = tempfile.TemporaryFile()  # noqa: SIM115 it lives as long as the object
        self._block: list[T] = []
        self._starts: list[int] = []
        self._length = 0

    def add(self, item: T) -> None:
        """Append one."""
        self._block.append(item)
        self._length += 1
        if len(self._block) == _BLOCK:
            self._file.seek(0, 2)
            self._starts.append(self._file.tell())
            pickle.dump(self._block, self._file, pickle.HIGHEST_PROTOCOL)
            self._block = []

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[T]:
        for start in self._starts:
            self._file.seek(start)
            yield from pickle.load(self._file)  # noqa: S301 our own file, without a name
        yield from self._block

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            return list(islice(iter(self), *index.indices(self._length)))
        position = index + self._length if index < 0 else index
        for item in islice(iter(self), position, None):
            return item
        raise IndexError(index)
