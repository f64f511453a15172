# SPDX-License-Identifier: Apache-2.0
"""Every scenario has a Life of Acqua, whose post goes into a folder."""

from pathlib import Path

import pytest

from ascolto.domain.access.models import Client

from .life import Life


@pytest.fixture
def life(acqua: Client, tmp_path: Path) -> Life:
    return Life(acqua, tmp_path)
