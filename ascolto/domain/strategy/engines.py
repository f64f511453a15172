# SPDX-License-Identifier: Apache-2.0
"""Where a decision runs. Owns: the choice between DuckDB in the process and Spark past one machine.

The same expressions, the same rows, the same fingerprints: who decides leaves no trace, and a client may move from one
to the other on any night. What a person waits for (a call that ends, a payment that arrives) never leaves the process.
"""

import datetime as dt

import pyarrow as pa
from django.conf import settings

from ascolto.domain.strategy.spark import decide_spark
from ascolto.engine.decide import decide_arrow
from ascolto.engine.facts import Facts
from ascolto.engine.policy import Policy

IN_PROCESS = 20_000
"""Up to so many customers a cluster costs more in being asked than it saves."""


def decide(facts: Facts, policy: Policy, as_of: dt.date, *, client_id: int) -> pa.Table:
    """The decisions of one client's customers on a day, ordered by customer_id, columns as `facts.OUTPUT`.

    Raises LookupError when the holidays of the year are not known; refused when ASCOLTO_ENGINE names a Spark that does
    not answer: a night that quietly ran elsewhere would end at noon.
    """
    if settings.ENGINE == "duckdb" or facts.customers.num_rows <= IN_PROCESS:
        return decide_arrow(facts, policy, as_of)
    return decide_spark(facts, policy, as_of, client_id=client_id)
