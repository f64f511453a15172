# SPDX-License-Identifier: Apache-2.0
"""Addresses of this face."""

from django.urls import include, path
from django.urls.resolvers import URLPattern, URLResolver

from ascolto.web.desk import calls, charges, customers, deeds, documents, messages, prints, savedviews, worklist

app_name = "desk"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", worklist.my_day, name="my_day"),
    path("giornata/<str:form>/", worklist.export, name="my_day_export"),
    path("viste/<str:page>/salva/", savedviews.save, name="save_view"),
    path("viste/<int:pk>/apri/", savedviews.choose, name="choose_view"),
    path("viste/<int:pk>/elimina/", savedviews.delete, name="delete_view"),
    path("prossimo/", worklist.next_customer, name="next"),
    path("", include("ascolto.web.desk.agreements.urls")),
    path("", include("ascolto.web.desk.papers.urls")),
    path("", include("ascolto.web.desk.paths.urls")),
    path("clienti/", customers.customers, name="customers"),
    path("clienti/<int:pk>/", customers.customer, name="customer"),
    path("clienti/<int:pk>/perche/", customers.why, name="why"),
    path("clienti/<int:pk>/chiamata/", calls.call, name="call"),
    path("clienti/<int:pk>/sospendi/", deeds.place_hold, name="place_hold"),
    path("clienti/<int:pk>/promessa/", deeds.take_promise, name="take_promise"),
    path("clienti/<int:pk>/pratica/", deeds.open_case, name="open_case"),
    path("clienti/<int:pk>/prima-del-tribunale/", documents.court, name="court"),
    path("clienti/<int:pk>/fascicolo/", documents.make_file, name="make_file"),
    path("clienti/<int:pk>/estratto-conto/", documents.statement, name="statement"),
    path("clienti/<int:pk>/estratto-conto/<str:form>/", documents.statement_file, name="statement_file"),
    path("clienti/<int:pk>/interessi/", charges.charges, name="charges"),
    path("clienti/<int:pk>/interessi/richiedi/", charges.make, name="charge_make"),
    path("clienti/<int:pk>/interessi/spese/", charges.costs, name="charge_costs"),
    path("interessi/<int:pk>/ritira/", charges.withdraw, name="charge_withdraw"),
    path("clienti/<int:pk>/<slug:tab>/", customers.customer, name="customer_tab"),
    path("conversazioni/<int:pk>/annulla/", deeds.take_back, name="take_back"),
    path("sospensioni/<int:pk>/revoca/", deeds.lift_hold, name="lift_hold"),
    path("pratiche/<int:pk>/chiudi/", deeds.close_case, name="close_case"),
    path("linguaggio/", calls.language_check, name="language_check"),
    path("messaggi/", messages.messages, name="messages"),
    path("messaggi/stampa/", prints.prints, name="prints"),
    path("messaggi/stampa/<int:pk>/", prints.bundle, name="bundle"),
    path("messaggi/stampa/<int:pk>/consegna/", prints.hand_over, name="hand_over_bundle"),
    path("messaggi/stampa/<int:pk>/annulla/", prints.take_back, name="take_back_bundle"),
    path("messaggi/stampa/<int:pk>/<str:kind>/", prints.bundle_file, name="bundle_file"),
    path("messaggi/<int:pk>/", messages.message, name="message"),
    path("messaggi/<int:pk>/corpo/", messages.message_body, name="message_body"),
    path("messaggi/<int:pk>/risolvi/", messages.resolve, name="resolve_message"),
    path("ricevute/<int:pk>/", messages.receipt, name="receipt"),
    path("documenti/<int:pk>/", messages.document, name="document"),
    path("", include("ascolto.web.desk.cash.urls")),
    path("", include("ascolto.web.desk.care.urls")),
    path("", include("ascolto.web.desk.debits.urls")),
    path("", include("ascolto.web.desk.imports.urls")),
    path("", include("ascolto.web.desk.law.urls")),
    path("", include("ascolto.web.desk.nights.urls")),
    path("", include("ascolto.web.desk.settings.urls")),
    path("", include("ascolto.web.desk.studio.urls")),
]
