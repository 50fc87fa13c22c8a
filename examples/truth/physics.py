"""Bouncing ball and Dahlquist's equation: the steps of the published tables, and the exact solutions."""

import math

from common import rows, write


def main():
    table = [(float(r["h"]), float(r["v"])) for r in rows("bouncing_ball/recording/BouncingBall_out.csv")]
    h, v, pull, impacts = 1.0, 0.0, -9.81, []
    for step in range(1, 3001):
        h, v = h + 0.001 * v, v + 0.001 * pull
        if h <= 0 and v < 0:
            h, v = 2.2250738585072014e-308, -0.7 * v
            impacts.append((len(impacts) + 1, round(step * 0.001, 3), v))
            if v < 0.1:
                v = pull = 0.0
        assert step % 10 or table[step // 10] == (h, v)
    write("bouncing_ball/expected/impacts.csv", "impact,time,speed", impacts)

    speed = math.sqrt(2 * 9.81)
    at, exact = speed / 9.81, []
    while not exact or speed >= 0.1:
        speed *= 0.7
        exact.append((len(exact) + 1, at, speed))
        at += 2 * speed / 9.81
    write("bouncing_ball/expected/exact_impacts.csv", "impact,time,speed", exact)

    x, values = 1.0, []
    for row in rows("dahlquist/recording/Dahlquist_out.csv"):
        assert float(row["x"]) == x
        values.append((row["time"], x, math.exp(-float(row["time"]))))
        x += 0.1 * -x
    write("dahlquist/expected/values.csv", "time,stepwise,exact", values)
