"""How right a store was: counts from what really happened beside what was recognised.

    rates      a share of counts with its Wilson interval, and F1
    baskets    units and money of one basket beside the true one
    events     picks and put-backs matched in time
    floor      positions on the floor: HOTA, IDF1, seconds under a wrong account
    quantiles  percentiles of small samples

Pure functions on plain counts, dataclasses and arrays; who produced them does not matter here.
"""
