# SPDX-License-Identifier: Apache-2.0
"""The imports pages: deliveries brought, reported, mended, accepted or refused; columns mapped once."""
