# SPDX-License-Identifier: Apache-2.0
"""The subcommands of `ascolto`, one module each: `NAME`, `HELP`, `arguments(parser)`, `run(options) -> exit code`."""
