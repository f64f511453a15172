# SPDX-License-Identifier: Apache-2.0
"""Addresses of the hardship path, inside the desk."""

from django.urls import path

from ascolto.web.desk.paths import deeds

urlpatterns = [
    path("clienti/<int:pk>/percorso/", deeds.start, name="start_path"),
    path("clienti/<int:pk>/tutela/", deeds.protect, name="protect_customer"),
    path("percorsi/<int:pk>/sposta/", deeds.move, name="move_path"),
    path("percorsi/<int:pk>/chiudi/", deeds.end, name="end_path"),
]
