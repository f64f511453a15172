# SPDX-License-Identifier: Apache-2.0
"""The WSGI entry point: `ascolto.config.wsgi.application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ascolto.config.settings")
application = get_wsgi_application()
