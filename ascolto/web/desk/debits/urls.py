# SPDX-License-Identifier: Apache-2.0
"""Addresses of the pages about collections through the bank, inside the desk."""

from django.urls import path

from ascolto.web.desk.debits import deeds, views

urlpatterns = [
    path("addebiti/", views.debits, name="debits"),
    path("addebiti/prepara/<int:pk>/", deeds.make, name="debits_make"),
    path("addebiti/codici/<int:pk>/", deeds.codes, name="debits_codes"),
    path("addebiti/flussi/<int:pk>/", views.file, name="debits_file"),
    path("addebiti/flussi/<int:pk>/annulla/", deeds.cancel, name="debits_cancel"),
    path("addebiti/notizie/<int:pk>/significato/", deeds.teach, name="debits_teach"),
    path("addebiti/notizie/<int:pk>/assegna/", deeds.assign, name="debits_assign"),
    path("addebiti/notizie/<int:pk>/accantona/", deeds.aside, name="debits_aside"),
    path("addebiti/mandati/<int:pk>/registra/", deeds.register, name="mandate_register"),
    path("addebiti/mandati/<int:pk>/revoca/", deeds.revoke, name="mandate_revoke"),
]
