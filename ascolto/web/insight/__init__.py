# SPDX-License-Identifier: Apache-2.0
"""Insight: the cockpit. A few large figures, each with its picture, its definition and the way to its rows.

May import: domain and the shared ground of web. Does not do: compute a figure (strategy.figures does) or write.
"""
