# SPDX-License-Identifier: Apache-2.0
"""Cash to match: what came in and waits for a person, why we believe what we propose, and the way back."""
