# SPDX-License-Identifier: Apache-2.0
"""One module per file format. Each takes bytes (or a parsed root) and a `Findings`, and returns documents."""
