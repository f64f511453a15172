# SPDX-License-Identifier: Apache-2.0
"""Addresses of the law's pages, inside the desk."""

from django.urls import path

from ascolto.web.desk.law import expiring, views

urlpatterns = [
    path("norme/", views.in_force, name="law"),
    path("prescrizione/", expiring.limitation, name="limitation"),
    path("prescrizione/<str:form>/", expiring.export, name="limitation_export"),
    path("norme/calcolatori/", views.calculators, name="law_calculators"),
    path("norme/calcolatori/<slug:name>/", views.calculator, name="law_calculator"),
]
