# SPDX-License-Identifier: Apache-2.0
"""Django app `web`: the shared ground of all faces."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files, template tags and the Italian catalogue of the design system."""

    name = "ascolto.web"
    label = "web"
