# SPDX-License-Identifier: Apache-2.0
"""Expected refusals: what a person asked for cannot be done, and why, in words they can act upon."""


class Refused(Exception):
    """A verb's polite no. `code` is stable for tests and the API; the message is shown to the person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
