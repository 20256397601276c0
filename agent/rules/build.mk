# SPDX-License-Identifier: Apache-2.0
# What every failed log-in passes: two walks over the connections of its src.
opt-agent/rules/attempt_table := $(fast)
agent-y += agent/rules/attempt.o
agent-y += agent/rules/attempt_save.o
agent-y += agent/rules/attempt_stack.o
agent-y += agent/rules/attempt_table.o
agent-y += agent/rules/distinct.o
agent-y += agent/rules/near.o
agent-y += agent/rules/rule.o
agent-y += agent/rules/rule_index.o
agent-y += agent/rules/rule_old.o
agent-y += agent/rules/rule_set.o
agent-y += agent/rules/sequence.o
agent-y += agent/rules/state.o
agent-y += agent/rules/subject.o
agent-y += agent/rules/table.o
agent-y += agent/rules/threshold.o
