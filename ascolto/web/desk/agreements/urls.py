# SPDX-License-Identifier: Apache-2.0
"""Addresses of promises and plans, inside the desk."""

from django.urls import path

from ascolto.web.desk.agreements import builder, views

urlpatterns = [
    path("promesse/", views.agreements, name="agreements"),
    path("promesse/<str:form>/", views.export, name="agreements_export"),
    path("clienti/<int:pk>/piano/", builder.build, name="plan_builder"),
    path("piani/<int:pk>/piano.pdf", builder.paper, name="plan_paper"),
    path("piani/<int:pk>/approva/", builder.approve, name="plan_approve"),
    path("piani/<int:pk>/accetta/", builder.accept, name="plan_accept"),
    path("piani/<int:pk>/estinzione/", builder.settle, name="plan_settle"),
    path("piani/<int:pk>/annulla/", builder.cancel, name="plan_cancel"),
]
