# SPDX-License-Identifier: Apache-2.0
"""Paths of the shell itself."""

from django.urls import path

from ascolto.web import views

urlpatterns = [
    path("preferenze/", views.preferences, name="preferences"),
    path("favicon.ico", views.favicon, name="favicon"),
]
