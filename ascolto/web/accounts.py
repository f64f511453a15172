# SPDX-License-Identifier: Apache-2.0
"""How allauth behaves here: an administrator invites people (`ascolto user`), nobody signs up alone."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class NoSignup(DefaultAccountAdapter):  # type: ignore[misc]
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
