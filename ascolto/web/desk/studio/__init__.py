# SPDX-License-Identifier: Apache-2.0
"""The strategy studio, first room: the policy in force in words, a draft tried out before anybody gets anything."""
