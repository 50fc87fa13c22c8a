"""Battery: capacity by counting charge, and the band of what is left by weighted least squares."""

import math
from datetime import datetime, timezone
from itertools import groupby
from statistics import NormalDist

from common import rows, write

Z2 = NormalDist().inv_cdf(0.9) ** 2


class Line:
    """The block `linear_usage` of std.rul."""

    def __init__(self, memory):
        self.memory, self.count = memory, 0

    def add(self, health, usage, failure):
        if self.count == 0:
            self.seen, self.start, self.h = usage, health - failure, health - failure
            self.weight = self.squares = self.u = self.uu = self.uh = self.hh = 0.0
        step = usage - self.seen
        keep = math.exp(-step / self.memory)
        du, dh = step - self.u, health - failure - self.h
        self.weight = self.weight * keep + 1
        self.squares = self.squares * keep**2 + 1
        self.u += du / self.weight - step
        self.h += dh / self.weight
        self.uu = self.uu * keep + du * (du - du / self.weight)
        self.uh = self.uh * keep + du * (dh - dh / self.weight)
        self.hh = self.hh * keep + dh * (dh - dh / self.weight)
        self.seen, self.count = usage, self.count + 1

    def left(self, horizon):
        """p10, median, p90, mean, chance within the horizon; empty where nothing can be said."""
        samples = self.weight**2 / self.squares
        if self.count < 5 or samples <= 3:
            return [""] * 5
        spread = self.uu / self.weight
        slope = self.uh / self.weight / spread
        if slope * self.start >= 0:
            return [""] * 5
        centre = self.u - self.h / slope
        a = max(self.hh - slope * self.uh, 0) / self.weight / (samples - 2) / slope**2
        b = a / spread
        k = Z2 * b
        if k >= 1:
            return ["", max(0, centre), "", "", ""]
        half = math.sqrt(k * (centre - self.u) ** 2 + (1 - k) * Z2 * a)
        chance = NormalDist().cdf((horizon - centre) / math.sqrt(a + b * (horizon - self.u) ** 2))
        low, high = (centre - k * self.u - half) / (1 - k), (centre - k * self.u + half) / (1 - k)
        return [max(0, low), max(0, centre), max(0, high), max(0, centre + b * (centre - self.u)), chance]


def main():
    published = {r["discharge"]: r["published_ah"] for r in rows("battery/expected/capacities.csv")}
    capacities, remaining, line = [], [], Line(60)
    for discharge, samples in groupby(rows("battery/recording/B0005_discharge.csv.gz"), lambda r: r["discharge"]):
        charge, before = 0.0, None
        for sample in samples:
            at = int(sample["started_ms"]) * 10**6 + round(float(sample["elapsed"]) * 1e9)
            flow = -float(sample["current"])
            if before:
                charge += (at - before[0]) / 1e9 * (flow + before[1]) / 2
            before = at, flow
            if float(sample["voltage"]) <= 2.7:
                break
        when = datetime.fromtimestamp(at // 10**9, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S")
        capacity = charge / 3600
        assert abs(capacity / float(published[discharge]) - 1) < 1.25e-5
        capacities.append((discharge, f"{when}.{at % 10**9:09d}Z", capacity, published[discharge]))
        line.add(capacity, float(discharge), 1.4)
        remaining.append((discharge, *line.left(20)))
    write("battery/expected/capacities.csv", "discharge,time,capacity_ah,published_ah", capacities)
    write("battery/expected/remaining.csv", "discharge,p10,median,p90,mean,chance_within_20", remaining)
