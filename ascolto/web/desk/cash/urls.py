# SPDX-License-Identifier: Apache-2.0
"""Addresses of the cash pages, inside the desk."""

from django.urls import path

from ascolto.web.desk.cash import deeds, views

urlpatterns = [
    path("incassi/", views.cash, name="cash"),
    path("incassi/esporta.csv", views.export, name="cash_export"),
    path("incassi/<int:pk>/", views.line, name="cash_line"),
    path("incassi/<int:pk>/assegna/", deeds.assign, name="cash_assign"),
    path("incassi/<int:pk>/annulla/", deeds.undo_all, name="cash_undo_all"),
    path("incassi/<int:pk>/accantona/", deeds.aside, name="cash_aside"),
    path("incassi/proposte/<int:pk>/conferma/", deeds.confirm, name="cash_confirm"),
    path("incassi/proposte/<int:pk>/escludi/", deeds.reject, name="cash_reject"),
    path("incassi/pagamenti/<int:pk>/annulla/", deeds.undo, name="cash_undo"),
    path("incassi/soglia/<int:pk>/", deeds.bar, name="cash_bar"),
    path("incassi/regola/<int:pk>/", deeds.rule, name="cash_rule"),
    path("incassi/accantonati/<int:pk>/riprendi/", deeds.take_up, name="cash_take_up"),
]
