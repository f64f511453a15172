# SPDX-License-Identifier: Apache-2.0
"""Blocked by us: what invoices lack through our own fault, for the client's people and ours."""
