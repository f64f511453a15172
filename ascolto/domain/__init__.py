# SPDX-License-Identifier: Apache-2.0
"""What we know: one room per subject. A room may import the rooms below it, never those above or beside it."""
