# SPDX-License-Identifier: Apache-2.0
"""Cases at the desk: the board and the table with their clocks, one case's page, requests for credit notes."""
