"""From meshes to photographs: rasteriser, light, what moves, the camera's sensor."""
