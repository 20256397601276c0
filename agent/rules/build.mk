# SPDX-License-Identifier: Apache-2.0
agent-y += agent/rules/attempt.o
agent-y += agent/rules/distinct.o
agent-y += agent/rules/rule.o
agent-y += agent/rules/sequence.o
agent-y += agent/rules/state.o
agent-y += agent/rules/table.o
agent-y += agent/rules/threshold.o
