"""Makes distances.txt: exact lengths on WGS 84, in tenths of a millimetre, one a line.

The points come from a generator that the test writes again in its own words: pair n is
the n-th four numbers of it. Lengths are those of GeographicLib's own implementation in
Python (PyPI, geographiclib 2.1): python3 make.py > distances.txt
"""

from geographiclib.geodesic import Geodesic

state = 20261127


def roll(bound):
    global state
    state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
    return (state >> 33) % bound


for pair in range(10_000):
    latitude = roll(180_000_001) - 90_000_000
    longitude = roll(360_000_001) - 180_000_000
    if pair % 2 == 0:  # near each other, as the places of a region are
        to_latitude = max(-90_000_000, min(90_000_000, latitude + roll(2_000_001) - 1_000_000))
        to_longitude = max(-180_000_000, min(180_000_000, longitude + roll(2_000_001) - 1_000_000))
    else:
        to_latitude = roll(180_000_001) - 90_000_000
        to_longitude = roll(360_000_001) - 180_000_000
    metres = Geodesic.WGS84.Inverse(
        latitude / 1e6, longitude / 1e6, to_latitude / 1e6, to_longitude / 1e6
    )["s12"]
    print(round(metres * 1e4))
