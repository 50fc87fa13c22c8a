"""Connected cars: samples in five minutes; and that the rules name the published onsets, no more and no less."""

from collections import Counter, defaultdict

from common import rows, write

WHEELS = ["1_1", "1_2", "2_1", "2_2"]


def failed(row, before):
    number = lambda name: float(row[name])
    for wheel in WHEELS:
        if number(f"tire_pressure_{wheel}") < 27:
            yield f"tire_{wheel}"
        if number(f"accelerometer_{wheel}_value") >= 3:
            yield f"shock_{wheel}"
    if row["control_unit_firmware"] == "1000":
        yield "firmware_outdated"
    if number("engine_vibration_amplitude") > 125 * number("speed"):
        yield "drive_shaft"
    if before:
        rise = number("coolant_temp") - float(before["coolant_temp"]) - 0.008 * float(before["speed"])
        if rise > 0.3 * number("current_draw"):
            yield "overheating"


def main():
    cars, onsets, counts = defaultdict(list), {}, Counter()
    for row in rows("connected_cars/recording/cars.csv.gz"):
        of_car = cars[row["car"]]
        for mode in failed(row, of_car[-1] if of_car else None):
            onsets.setdefault((row["car"], mode), (len(of_car), int(row["time"])))
        of_car.append(row)
        counts[row["car"], int(row["time"]) // 300 * 300] += 1
    published = {(r["car"], r["rule"]): (int(r["row"]), int(r["time"])) for r in rows("connected_cars/expected/onsets.csv")}
    assert onsets == published and len(published) == 308
    order = sorted(counts, key=lambda at: (int(at[0][3:]), at[1]))
    write("connected_cars/expected/activity.csv", "car,from,samples", [(*at, counts[at]) for at in order])
