# SPDX-License-Identifier: Apache-2.0
"""The faces: what people see. Owns templates, styles, charts and the shell shared by desk and insight.

May import domain, policies and engine. Holds no rule and writes nothing but a person's own display choices.
"""
