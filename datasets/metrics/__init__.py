"""How right a store was: counts from what really happened beside what was recognised.

    rates      a share of counts with its Wilson interval, and F1
    baskets    units and money of one basket beside the true one
    events     picks and put-backs matched in time
    slots      changes of shelf slots beside the units that moved
    hands      wrists in metres, and whether their covariances are honest
    calibration  whether probabilities mean what they say
    floor      positions on the floor: HOTA, IDF1, seconds under a wrong account
    quantiles  percentiles of small samples

Pure functions on plain counts, dataclasses and arrays; who produced them does not matter here.
"""
