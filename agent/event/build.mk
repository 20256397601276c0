# SPDX-License-Identifier: Apache-2.0
agent-y += agent/event/auth.o
agent-y += agent/event/connection.o
agent-y += agent/event/fields.o
agent-y += agent/event/kinds.o
agent-y += agent/event/listener.o
agent-y += agent/event/mask.o
agent-y += agent/event/process.o
