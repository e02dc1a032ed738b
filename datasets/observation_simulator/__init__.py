"""What cameras would tell of a recording, worked out from its truth without a picture.

`sight` says what each camera can see, `people`, `hands` and `slots` what vision makes of it with the errors
of `noise`, `observe` puts a journal together, `recordings` writes folders that `walkout evaluate` reads, and
`measure` compares such journals with those that real vision wrote. Scores on it are simulator scores twice
over.
"""
