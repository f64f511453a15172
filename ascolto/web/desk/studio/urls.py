# SPDX-License-Identifier: Apache-2.0
"""Addresses of the strategy studio, inside the desk."""

from django.urls import path

from ascolto.web.desk.studio import deeds, views

urlpatterns = [
    path("strategia/", views.studio, name="studio"),
    path("strategia/<int:client_id>/", views.in_force, name="strategy"),
    path("strategia/<int:client_id>/in-vigore.toml", views.in_force_file, name="strategy_file"),
    path("strategia/<int:client_id>/bozza/", deeds.draft, name="draft"),
    path("strategia/prove/<int:pk>/", views.preview, name="preview"),
    path("strategia/prove/<int:pk>/bozza.toml", views.draft_file, name="preview_draft"),
    path("strategia/prove/<int:pk>/<slug:what>.<str:form>", views.export, name="preview_export"),
    path("strategia/prove/<int:pk>/riprova/", deeds.ask_again, name="ask_preview_again"),
    path("strategia/prove/<int:pk>/elimina/", deeds.delete, name="delete_preview"),
]
