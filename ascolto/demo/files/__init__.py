# SPDX-License-Identifier: Apache-2.0
"""Writers of the files that clients and banks send: FatturaPA, camt.053, lists in CSV. Bytes out, same in same out."""
