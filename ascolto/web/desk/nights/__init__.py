# SPDX-License-Identifier: Apache-2.0
"""The nights' pages: what each run of the day did, took and could not do; how far a running one is."""
