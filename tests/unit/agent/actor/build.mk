test-y += tests/unit/agent/actor/guard.o
