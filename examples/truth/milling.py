"""Milling: the three exact rules, against the labels of the data set."""

import json
import math

from common import EXAMPLES, rows, write

LIMITS = {"L": 11000.0, "M": 12000.0, "H": 13000.0}


def rpm(turns):
    return turns * math.pi / 30.0


def main():
    failures, counts, runs, before = [], [0, 0, 0], [0, 0, 0], [False] * 3
    for total, row in enumerate(rows("milling/recording/pieces.csv.gz"), 1):
        gap = float(row["Process temperature [K]"]) - float(row["Air temperature [K]"])
        shaft, torque = rpm(float(row["Rotational speed [rpm]"])), float(row["Torque [Nm]"])
        power, strain = torque * shaft, float(row["Tool wear [min]"]) * 60 * torque
        modes = [gap < 8.6 and shaft < rpm(1380.0), power < 3500 or power > 9000, strain > LIMITS[row["Type"]] * 60]
        assert modes == [row[label] == "1" for label in ("HDF", "PWF", "OSF")], row
        for at, mode in enumerate(modes):
            counts[at] += mode
            runs[at] += mode and not before[at]
        before = modes
        if any(modes):
            failures.append((row["UID"], *(str(mode).lower() for mode in modes)))
    write("milling/expected/failures.csv", "piece,heat,power,strain", failures)
    names = ["heat_dissipation", "power_out_of_range", "overstrain"]
    figures = {"rows": total, **dict(zip(["heat", "power", "strain"], counts)), "alerts_raised": dict(zip(names, runs))}
    (EXAMPLES / "milling/expected/counts.json").write_text(json.dumps(figures, indent=1) + "\n")
