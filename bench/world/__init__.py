# SPDX-License-Identifier: Apache-2.0
"""A portfolio of N customers, written straight into SQLite, PostgreSQL or Parquet: same seed, same rows, any target.

    python -m bench.world --customers 100000 --to sqlite:////tmp/x.sqlite3

Owns: what the made-up customers are like (`shape`), and the rows that follow from it, chunk by chunk (`people`,
`bills`, `cash`, `commitments`, `history`, put in order by `build`), how they are stored (`targets`), and a believable
next day (`churn`). The shape of the tables is the models' own (`tables`). Nothing here is imported by the product.
"""
