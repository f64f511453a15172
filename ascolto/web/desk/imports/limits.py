# SPDX-License-Identifier: Apache-2.0
"""How much one delivery through the browser may hold; larger ones come through `ascolto import`."""

MAX_FILES = 2000
MAX_TOTAL_BYTES = 200 * 1024 * 1024
