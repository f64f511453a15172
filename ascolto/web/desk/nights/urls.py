# SPDX-License-Identifier: Apache-2.0
"""Addresses of the nights' pages, inside the desk."""

from django.urls import path

from ascolto.web.desk.nights import views

urlpatterns = [
    path("notti/", views.nights, name="nights"),
    path("notti/<int:pk>/", views.night, name="night"),
    path("notti/<int:pk>/resoconto.json", views.report, name="night_report"),
]
