# SPDX-License-Identifier: Apache-2.0
"""Records: the ground floor. Owns the trail (who did what, when and why) and the one clock.

May import: nothing of ours. Does not do: decide who may see what (access), nor know any business noun.
"""
