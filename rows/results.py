"""The final numbers per sensor."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rows.schema import RESULTS


def sensor_results(merged: pa.RecordBatch) -> pa.RecordBatch:
    """Results (`schema.RESULTS`) of merged partials, in their order.

    The mean is the sum, kept in double-double, by the count; null where the sum is not finite.
    """
    column = {name: merged.column(name) for name in merged.schema.names}
    high, low = column["sum_hi"].to_numpy(), column["sum_lo"].to_numpy()
    with np.errstate(invalid="ignore", over="ignore"):
        mean = (high + low) / column["row_count"].to_numpy()
    finite = np.isfinite(mean)
    columns = {
        "mean_value": pa.array(mean, mask=~finite),
        **{
            name: column[name].cast(RESULTS.field(name).type)
            for name in RESULTS.names
            if name != "mean_value"
        },
    }
    return pa.RecordBatch.from_arrays([columns[name] for name in RESULTS.names], schema=RESULTS)
