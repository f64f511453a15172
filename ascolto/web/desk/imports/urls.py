# SPDX-License-Identifier: Apache-2.0
"""Addresses of the imports pages, inside the desk."""

from django.urls import path

from ascolto.web.desk.imports import deeds, mapping, rows, views

urlpatterns = [
    path("importazioni/", views.imports, name="imports"),
    path("importazioni/carica/", deeds.upload, name="import_upload"),
    path("importazioni/<int:pk>/", views.report, name="import_batch"),
    path("importazioni/<int:pk>/righe/", rows.listing, name="import_rows"),
    path("importazioni/<int:pk>/file/", views.files, name="import_files"),
    path("importazioni/<int:pk>/problemi/<str:form>/", views.export, name="import_export"),
    path("importazioni/<int:pk>/accetta/", deeds.accept, name="import_accept"),
    path("importazioni/<int:pk>/rifiuta/", deeds.refuse, name="import_refuse"),
    path("importazioni/<int:pk>/riprova/", deeds.retry, name="import_retry"),
    path("importazioni/righe/<int:pk>/", rows.row, name="import_row"),
    path("importazioni/righe/<int:pk>/escludi/", deeds.discard, name="import_discard"),
    path("importazioni/file/<int:pk>/", views.original, name="import_file"),
    path("importazioni/file/<int:pk>/colonne/", mapping.mapping, name="import_mapping"),
]
