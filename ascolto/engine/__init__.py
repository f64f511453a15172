# SPDX-License-Identifier: Apache-2.0
"""The engine: facts, a policy and a date in; decisions and figures out.

Owns: every rule of arithmetic and of conduct (ageing, score, segment, permission, ladder, KPIs). May import nothing
of ours: no Django, no clock, no file. Start reading at `decide.py`.
"""
