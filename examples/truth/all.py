"""Writes the expected figures of every example."""

import anomalies
import battery
import cars
import milling
import physics
import wind

for example in (cars, milling, battery, physics, wind, anomalies):
    example.main()
