# SPDX-License-Identifier: Apache-2.0
"""Letters and statements of account as PDF, made in the process by Typst (decision 0004).

Owns the page (`letter.typ`) and the two functions that fill it. The page is fixed; what it says is handed
over as JSON, so no word of a customer can ever become code. Does not do: choose the words (wording), send
(channels).
"""

from .render import render, statement
from .sheet import Section, Sheet, render_sheet

__all__ = ["Section", "Sheet", "render", "render_sheet", "statement"]
