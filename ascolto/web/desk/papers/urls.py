# SPDX-License-Identifier: Apache-2.0
"""Addresses of the list of what is blocked by us, inside the desk."""

from django.urls import path

from ascolto.web.desk.papers import deeds, views

urlpatterns = [
    path("bloccate/", views.blocked, name="blocked"),
    path("bloccate/esporta/<str:form>/", views.export, name="blocked_export"),
    path("bloccate/affida/", deeds.give, name="give_gaps"),
    path("bloccate/<int:pk>/completa/", deeds.supply, name="supply_gap"),
    path("bloccate/<int:pk>/allega/", deeds.attach, name="attach_gap"),
    path("bloccate/<int:pk>/accetta/", deeds.accept, name="accept_gap"),
    path("bloccate/<int:pk>/riapri/", deeds.reopen, name="reopen_gap"),
    path("clienti/<int:pk>/richieste-fatture/", deeds.demands, name="customer_demands"),
]
