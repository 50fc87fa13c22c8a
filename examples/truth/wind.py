"""Wind farm: days, curves, who falls behind, and the plant."""

import json
import math
from collections import defaultdict
from datetime import datetime, timezone
from math import fsum
from zoneinfo import ZoneInfo

from common import EXAMPLES, rows, utc, write

PARIS = ZoneInfo("Europe/Paris")
HOUR = 3600


def load():
    """Per turbine: time to (power, wind, direction); of one time the last row counts."""
    turbines = defaultdict(dict)
    for row in rows("wind_farm/recording/scada.csv.gz"):
        at = int(datetime.fromisoformat(row["Date_time"]).timestamp())
        cells = (row["P_avg"], row["Ws_avg"], row["Wa_avg"])
        turbines[row["Wind_turbine_name"]][at] = tuple(float(c) if c else None for c in cells)
    return dict(sorted(turbines.items()))


def days(turbines):
    for name, samples in turbines.items():
        by_day = defaultdict(list)
        for at, sample in samples.items():
            by_day[datetime.fromtimestamp(at, PARIS).strftime("%Y-%m-%d")].append((at, *sample))
        for day, items in by_day.items():
            there = [item for item in items if item[1] is not None]
            angles = [math.radians(item[3]) for item in there]
            direction = math.atan2(fsum(map(math.sin, angles)), fsum(map(math.cos, angles)))
            energy = fsum(item[1] for item in there) / 6
            yield name, day, utc(items[0][0]), len(there), energy, math.degrees(direction) % 360


def curves(turbines, until):
    for name, samples in turbines.items():
        bins = defaultdict(list)
        for at, (power, wind, _) in samples.items():
            if power is not None and at < until:
                bins[math.floor(wind / 0.5)].append(power)
        for bin, powers in sorted(bins.items()):
            yield name, bin, fsum(powers) / len(powers), len(powers)


def behind(name, samples):
    """Changes of the alert: below 75 % of its own curve in seven days, for twelve hours; above 90 % again."""
    sums, counts, hours = defaultdict(float), defaultdict(int), defaultdict(lambda: [0.0, 0.0])
    for at, (power, wind, _) in samples.items():
        if power is not None:
            bin = math.floor(wind / 0.5)
            sums[bin] += power
            counts[bin] += 1
            hours[at // HOUR][0] += power
            hours[at // HOUR][1] += sums[bin] / counts[bin]
    first, last = min(samples) // HOUR, max(samples) // HOUR
    since, is_raised = None, False
    for tick in range(first + 1, last + 2):
        week = [hours[hour] for hour in range(tick - 168, tick) if hour in hours]
        expected = fsum(item[1] for item in week)
        share = fsum(item[0] for item in week) / expected
        if is_raised and share > 0.9:
            is_raised, since = False, None
            yield name, "cleared", utc(tick * HOUR), share
        elif not is_raised:
            since = (since or tick) if share < 0.75 else None
            if since and tick - since >= 12:
                is_raised = True
                yield name, "raised", utc(tick * HOUR), share


def main():
    turbines = load()
    write("wind_farm/expected/daily_energy.csv", "turbine,day,since,samples,kwh,wind_from_deg", days(turbines))
    until = int(datetime(2014, 6, 30, tzinfo=timezone.utc).timestamp())
    write("wind_farm/expected/power_curve.csv", "turbine,bin,mean_kw,samples", curves(turbines, until))
    changes = [change for name, samples in turbines.items() for change in behind(name, samples)]
    write("wind_farm/expected/falls_behind.csv", "turbine,state,at,share", changes)

    meter = {int(datetime.fromisoformat(r["time_utc"]).timestamp()): float(r["net_energy_kwh"]) for r in rows("wind_farm/recording/meter.csv.gz")}
    steps = {at: [samples[at][0] for samples in turbines.values()] for at in meter}
    steps = {at: powers for at, powers in steps.items() if None not in powers}
    made, sold = fsum(fsum(powers) for powers in steps.values()) / 6, fsum(meter[at] for at in steps)
    each = {name: fsum(s[0] for s in samples.values() if s[0] is not None) / 6 for name, samples in turbines.items()}
    figures = {"steps_with_all_four": len(steps), "made_kwh": made, "sold_kwh": sold, "ratio": sold / made, "turbine_kwh": each}
    (EXAMPLES / "wind_farm/expected/plant.json").write_text(json.dumps(figures, indent=1) + "\n")
