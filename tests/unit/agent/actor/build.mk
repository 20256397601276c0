test-y += tests/unit/agent/actor/bare.o
test-y += tests/unit/agent/actor/guard.o
test-y += tests/unit/agent/actor/guard_cut.o
test-y += tests/unit/agent/actor/guard_killed.o
