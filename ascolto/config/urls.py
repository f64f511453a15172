# SPDX-License-Identifier: Apache-2.0
"""Every address of the house: the faces, sign-in."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.urls")),
    path("", include("ascolto.web.urls")),
    path("", include("ascolto.web.desk.urls")),
    path("", include("ascolto.web.insight.urls")),
]
