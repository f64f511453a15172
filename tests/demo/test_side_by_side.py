# SPDX-License-Identifier: Apache-2.0
"""The demo as `ascolto demo` builds it: each client lived by a process of its own, then joined in one database."""

import os
import subprocess
import sys
from pathlib import Path

BUILD = """
import sys
from pathlib import Path
import django
django.setup()
from ascolto.demo import story
from ascolto.domain.ledger.check import problems
from ascolto.domain.strategy.check import verdicts
from ascolto.domain.strategy.models import ToCall
from tests.demo.test_life import small
assert story.build(world=small(Path(sys.argv[1])))
print(ToCall.objects.exists(), problems([1, 2]), [found for _words, found in verdicts([1, 2]) if found])
"""


def test_what_the_database_keeps_of_each_life_is_right_in_the_joined_world(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "DATABASE_URL": f"sqlite:///{tmp_path}/demo.sqlite3",
        "ASCOLTO_HOME": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "ascolto.config.settings",
    }
    built = subprocess.run(
        [sys.executable, "-c", BUILD, str(tmp_path)], env=environment, capture_output=True, text=True, check=False
    )
    assert built.returncode == 0, built.stderr[-2000:]
    assert built.stdout.split("\n")[-2] == "True [] []", "somebody is to be called, and nothing is out of step"
