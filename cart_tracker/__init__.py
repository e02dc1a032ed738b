"""Who is who, what moved, whose is it: observations in, visits out. Metres and seconds, never a pixel.

`observations` and `store_map` are the words from outside, `visits` the words to the outside, and
`tracker.StoreTracker` the only door between them. Behind it: `floor_filter`, `association`, `shoppers`
(closed world) and `identity` say who is who; `hands3d` and `interactions` say which hand was in which
shelf; `evidence`, `planogram`, `attribution` and `confidence` say what moved and how sure that is.
`journal` and `replay` keep and repeat everything that came in.
"""
