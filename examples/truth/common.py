"""Recordings in, expected files out."""

import csv
import gzip
from datetime import datetime, timezone
from pathlib import Path

EXAMPLES = Path(__file__).parent.parent


def rows(path):
    """The records of a CSV file, compressed or not."""
    path = EXAMPLES / path
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", newline="") as file:
        yield from csv.DictReader(file)


def write(path, header, lines):
    with open(EXAMPLES / path, "w", newline="") as file:
        file.write(header + "\n")
        file.writelines(",".join(str(cell) for cell in line) + "\n" for line in lines)


def utc(seconds):
    return datetime.fromtimestamp(seconds, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
