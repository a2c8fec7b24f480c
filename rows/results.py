"""The final numbers per sensor."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rows.arrays.arrow import values
from rows.schema import RESULTS


def sensor_results(merged: pa.RecordBatch) -> pa.RecordBatch:
    """Results (`schema.RESULTS`) of merged partials, in their order.

    The mean is the sum, kept in double-double, by the count; null where the sum is not finite.
    """
    column = {name: merged.column(name) for name in merged.schema.names}
    high, low = (values(column[name], np.float64) for name in ("sum_hi", "sum_lo"))
    with np.errstate(invalid="ignore", over="ignore"):
        mean = (high + low) / values(column["row_count"], np.int64)
    finite = np.packbits(np.isfinite(mean), bitorder="little")
    buffers = [pa.py_buffer(finite), pa.py_buffer(mean)]
    columns = {
        "mean_value": pa.Array.from_buffers(pa.float64(), len(mean), buffers),
        **{
            name: column[name].cast(RESULTS.field(name).type)
            for name in RESULTS.names
            if name != "mean_value"
        },
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in RESULTS.names], schema=RESULTS)
