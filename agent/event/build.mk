# SPDX-License-Identifier: Apache-2.0
agent-y += agent/event/event.o
