# SPDX-License-Identifier: Apache-2.0
"""The demo: three clients of nobody, their customers, and a year of days lived through the real intake and day.

Owns: the people, their bills, how they behave, the files that banks and billing systems would send, and the loop that
lives the days. May import: day, domain and what lies below. Nobody but config imports it.
Does not do: write a row of the domain around its verbs; decide anything that the engine decides.
"""
