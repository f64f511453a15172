# SPDX-License-Identifier: Apache-2.0
"""Collections through the bank as people see them: files to make, what came back, mandates."""
