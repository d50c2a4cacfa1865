"""How much traffic one source does not see, by a second one that counts the same server's requests."""

from __future__ import annotations

import numpy as np
from scipy.stats import t as student

from harness.analyse.stats.effective_size import Floats
from harness.model.verdict import Measurement

BINS, EDGE_S, LEAST_SHARE = 40, 1.0, 0.05


def hidden_traffic(seen_s: Floats, all_s: Floats) -> Measurement | None:
    """The share of the requests at `all_s` that the source with those at `seen_s` does not have.

    Both are Unix seconds, ascending. The time that both cover is compared, without a second at each end, as the
    clocks of two machines differ. None where they have less than 10 s in common. A negative share says that `seen_s`
    has more.
    """
    begin_s = max(seen_s[0], all_s[0]) + EDGE_S
    end_s = min(seen_s[-1], all_s[-1]) - EDGE_S
    if end_s - begin_s < 10.0:
        return None
    edges = np.linspace(begin_s, end_s, BINS + 1)
    seen, total = (np.histogram(at_s, edges)[0].astype(np.float64) for at_s in (seen_s, all_s))
    return hidden_share(seen, total)


def hidden_share(seen: Floats, total: Floats) -> Measurement | None:
    """The same from counts of both sources in the same equal bins, shape (n,); None without requests.

    The interval is that of the share in this very time, however the rate of hidden traffic changes in it: the variance
    is that of neighbouring bins' differences (J. von Neumann, Ann. Math. Stat. 12, 1941), as 2/3 of their number are
    worth independent ones.
    """
    n, bins, excess = int(total.sum()), len(total), total - seen
    if not n:
        return None
    value, low, high = float(excess.sum()) / n, None, None
    if bins > 2:
        deviation = float(np.sqrt(np.mean(np.diff(excess) ** 2) / 2))
        reach = float(student.ppf(0.975, 2 / 3 * (bins - 1))) * deviation * bins**0.5 / n
        low, high = value - reach, value + reach
    return Measurement(name="hidden_traffic", value=value, unit="ratio", n=n, low=low, high=high)


def is_hidden(found: Measurement | None) -> bool:
    """Whether hidden traffic may be claimed: more than 5% of all requests, with 95% confidence."""
    return found is not None and found.low is not None and found.low > LEAST_SHARE
