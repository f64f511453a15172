# SPDX-License-Identifier: Apache-2.0
"""Addresses of a client's settings, inside the desk."""

from django.urls import path

from ascolto.web.desk.settings import deeds, views

urlpatterns = [
    path("committenti/", views.clients, name="settings"),
    path("committenti/<int:client_id>/", views.settings, name="client_settings"),
    path("committenti/<int:client_id>/carta/", deeds.charter, name="client_charter"),
    path("committenti/<int:client_id>/scelte/", deeds.choices, name="client_choices"),
    path("committenti/<int:client_id>/recapiti/", deeds.particulars, name="client_particulars"),
]
