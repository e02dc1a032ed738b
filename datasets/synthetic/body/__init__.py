"""People: baked bodies, skeletons, clothes and what they push or carry.

`stature` blends an undressed body of a pool; `outfits` and `complexion` draw what it wears, `wardrobe` says
what that can be; `tailor`, `garments`, `heads` and `carried_bags` cut it, `occlusion` finds its creases and
`dressing` puts it together. `people.Person` is the result and can be posed; `pushed` and `belongings` are
things around it.
"""
