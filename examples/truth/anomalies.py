"""Three streams of the anomaly benchmark: the recent mean against mean and deviation of a longer window."""

from bisect import bisect_left, bisect_right
from datetime import datetime, timezone
from math import fsum, sqrt

from common import rows, utc, write

HOUR, DAY = 3600, 86400


def alerts(samples, recent, usual, limit, hold, least, signed):
    times, values = [t for t, _ in samples], [x for _, x in samples]
    is_raised, since, known = False, None, (None, None)
    for place, at in enumerate(times):
        start = bisect_right(times, at - recent) if recent else place
        mean = fsum(values[start : place + 1]) / (place + 1 - start)
        tick = at // HOUR * HOUR
        if known[0] != tick:
            window = values[bisect_left(times, tick - usual) : bisect_left(times, tick)]
            known = tick, (spread(window) if tick > times[0] and len(window) >= least else None)
        if known[1] is None or known[1][1] == 0:
            continue
        middle, deviation = known[1]
        off = signed((mean - middle) / deviation)
        if is_raised:
            if off < limit / 2:
                is_raised, since = False, None
                yield "cleared", utc(at)
        else:
            since = (at if since is None else since) if off > limit else None
            if since is not None and at - since >= hold:
                is_raised = True
                yield "raised", utc(at)


def spread(window):
    mean = fsum(window) / len(window)
    return mean, sqrt(fsum((x - mean) ** 2 for x in window) / (len(window) - 1))


def main():
    for name, rule, *settings in [
        ("machine_temperature", "cooling_down", 2 * HOUR, 14 * DAY, 2.5, HOUR, 1000, lambda z: -z),
        ("request_latency", "unusual", 0, DAY, 5, 0, 200, abs),
        ("database_load", "unusual", 600, DAY, 4, 0, 200, abs),
    ]:
        read = lambda r: (int(datetime.fromisoformat(r["timestamp"]).replace(tzinfo=timezone.utc).timestamp()), float(r["value"]))
        samples = sorted(map(read, rows(f"{name}/recording/samples.csv.gz")), key=lambda sample: sample[0])
        write(f"{name}/expected/alerts.csv", "rule,state,at", [(rule, *change) for change in alerts(samples, *settings)])
