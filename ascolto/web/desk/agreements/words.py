# SPDX-License-Identifier: Apache-2.0
"""Words for plans. Owns: why a plan ended, where the house and not a person wrote it down."""

from django.utils.translation import gettext_lazy

END_WORDS = {
    "everything was paid": gettext_lazy("everything was paid"),
    "everything was paid before the last day": gettext_lazy("everything was paid before the last day"),
    "instalments were not paid in time": gettext_lazy("instalments were not paid in time"),
    "another proposal replaced it": gettext_lazy("another proposal replaced it"),
    "a new plan was agreed": gettext_lazy("a new plan was agreed"),
}
