"""What requests have cost: one file for all of the person's repositories, so that months add up.

``bill`` is what one request took, ``totals`` sums many up, and ``store`` keeps them. No text of a
question or an answer is stored.
"""

from repoctx.costs.bill import Bill, repository_key
from repoctx.costs.store import Costs
from repoctx.costs.totals import Total, month_start

__all__ = ["Bill", "Costs", "Total", "month_start", "repository_key"]
