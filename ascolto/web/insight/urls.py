# SPDX-License-Identifier: Apache-2.0
"""Addresses of the cockpit."""

from django.urls import path

from ascolto.web.insight import views

app_name = "insight"
urlpatterns = [
    path("cruscotto/", views.cockpit, name="cockpit"),
    path("cruscotto/azioni/", views.actions, name="actions"),
    path("cruscotto/righe/<slug:figure>/", views.rows, name="rows"),
]
