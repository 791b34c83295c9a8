"""Carries out the steps of one deployment.

`all_steps` goes through them and `one_step` does one; they share the values of `execution`. `creation` and
`writing` send changes, `waiting` waits for their end and reads back, `probing` asks the probes, `variables`
fills in values that no plan holds. `resume_position` and `others_work` tell what this run, another run of
the same plan and other people have done. `recovery` says what follows an error; `rollback` and
`failure_memory` do it.
"""
