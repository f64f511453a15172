# SPDX-License-Identifier: Apache-2.0
"""Policies: dated data with its source (law/, strategy/), no code but `load.py`. May import: the engine."""
