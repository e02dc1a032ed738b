"""Stores that furnish themselves: templates, shelves and planograms, fixtures as meshes, cameras."""
