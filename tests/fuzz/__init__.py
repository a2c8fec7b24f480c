"""Coverage-guided fuzzing of split and parse, by atheris (libFuzzer): `make fuzz`.

inputs     what the bytes of an input mean: a file, with options, limits and how it is fed
checking   what must hold for every input
guard      memory in which a kernel that reads too far is found out
counters   kernels that report to libFuzzer which of their branches were taken
engine     the run itself
corpus/    inputs that reach everything found so far, gone through again by `make test-all`
"""
