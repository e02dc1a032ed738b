"""What the synthetic store sells: package designs in disjoint pools, their shapes and their print."""
