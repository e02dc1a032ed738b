"""Who is who, what moved, whose is it: observations in, visits out. Metres and seconds, never a pixel."""
