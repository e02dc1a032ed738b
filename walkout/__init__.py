"""The command line, and the only place where cameras, tracker and checkout are put together.

`cli` names the commands; `store` runs cameras, gate, journal and tracker against a `checkout`
(`line_checkout` in a store, `http_checkout` in the demo). `demo`, `live`, `evaluate_command`,
`simulate_command`, `training` and `bench` are one command each. `run_result` is what a run hands to
`comparison`, `figures`, `report` and `clips`.
"""
