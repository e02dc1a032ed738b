"""What a store's devices make of what happens: clocks, faults, capture, the gate's log, shelf scales."""
