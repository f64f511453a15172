# SPDX-License-Identifier: Apache-2.0
"""Access: who works here, for whom, and what each may see and do.

Owns the tenants (`Client`), users, memberships and `visible(viewer, ...)`, through which every read goes.
May import: records. Does not do: know customers, invoices or money.
"""
