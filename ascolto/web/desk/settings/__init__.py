# SPDX-License-Identifier: Apache-2.0
"""A client's settings: its charter, its switches, its rules of cash; each with its default, its source, its history."""
