# SPDX-License-Identifier: Apache-2.0
"""`field__begins`: a prefix that an index answers on both databases.

Django's `startswith` is LIKE with ESCAPE: SQLite walks the table for it. Here SQLite compares a range, and PostgreSQL
uses LIKE, which an index with `varchar_pattern_ops` answers whatever the collation of the database.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Lookup
from django.db.models.sql.compiler import SQLCompiler

LAST = "\U0010ffff"
"""Greater than every letter: the end of the range."""


@CharField.register_lookup
class Begins(Lookup):
    """The value begins with exactly this text; capitals and accents count."""

    lookup_name = "begins"
    prepare_rhs = True

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        said, params = self.process_lhs(compiler, connection)
        return f"({said} >= %s AND {said} < %s || char({ord(LAST)}))", (*params, self.rhs, *params, self.rhs)

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        said, params = self.process_lhs(compiler, connection)
        # The planner works the pattern out before it looks for an index.
        return f"{said} LIKE regexp_replace(%s, '([\\\\%%_])', '\\\\\\1', 'g') || '%%'", (*params, self.rhs)
