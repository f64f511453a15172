# SPDX-License-Identifier: Apache-2.0
"""What the sign-in page of the demo shows: one person per role. Nothing anywhere else."""

from django.conf import settings
from django.http import HttpRequest


def demo_logins(request: HttpRequest) -> dict[str, object]:
    """Context processor: `demo_logins` on the sign-in page while ASCOLTO_DEMO is on."""
    if not settings.DEMO or not request.path.startswith("/accounts/login"):
        return {}
    from ascolto.demo import cast  # only the demo knows these people

    return {"demo_logins": cast.logins()}
