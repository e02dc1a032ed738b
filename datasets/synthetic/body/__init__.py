"""People: baked bodies, skeletons, clothes and what they push or carry."""
