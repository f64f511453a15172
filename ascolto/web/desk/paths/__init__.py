# SPDX-License-Identifier: Apache-2.0
"""Hardship paths at the desk: begun, moved and ended on the customer's page; who must be treated with care."""
