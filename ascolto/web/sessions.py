# SPDX-License-Identifier: Apache-2.0
"""Sessions in the database, as Django keeps them; each page asks for one, with a question ready made."""

import datetime as dt

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import QuerySet

from ascolto.domain.access.prepared import asked
from ascolto.domain.records import clock


class SessionStore(db.SessionStore):
    def _get_session_from_db(self) -> Session | None:
        for session in asked(_sessions, self.session_key, clock.wall()):
            return session  # type: ignore[no-any-return]
        self._session_key = None
        return None


def _sessions(key: str, now: dt.datetime) -> QuerySet[Session]:
    return Session.objects.filter(session_key=key, expire_date__gt=now)
