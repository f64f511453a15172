# SPDX-License-Identifier: Apache-2.0
"""Addresses of the care pages, inside the desk."""

from django.urls import path

from ascolto.web.desk.care import credits, deeds, views

urlpatterns = [
    path("pratiche/", views.cases, name="cases"),
    path("pratiche/esporta/<str:form>/", views.export, name="cases_export"),
    path("pratiche/<int:pk>/", views.case, name="case"),
    path("pratiche/prove/<int:pk>/", views.evidence, name="case_evidence"),
    path("pratiche/<int:pk>/titolare/", deeds.owner, name="case_owner"),
    path("pratiche/<int:pk>/attesa/", deeds.waiting, name="case_waiting"),
    path("pratiche/<int:pk>/responsabilita/", deeds.fault, name="case_fault"),
    path("pratiche/<int:pk>/nota/", deeds.note, name="case_note"),
    path("pratiche/<int:pk>/prova/", deeds.add_evidence, name="case_add_evidence"),
    path("pratiche/<int:pk>/tipo/", deeds.convert, name="case_convert"),
    path("pratiche/<int:pk>/riapri/", deeds.reopen, name="case_reopen"),
    path("pratiche/<int:pk>/lettera/", deeds.letter, name="case_letter"),
    path("rinunce/", credits.credit_list, name="credits"),
    path("rinunce/fattura/<int:pk>/", credits.ask, name="ask_credit"),
    path("rinunce/<int:pk>/decidi/", credits.decide, name="decide_credit"),
]
