# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_UPLINK) += agent/uplink/arena.o
agent-$(CONFIG_UPLINK) += agent/uplink/backoff.o
agent-$(CONFIG_UPLINK) += agent/uplink/batch.o
agent-$(CONFIG_UPLINK) += agent/uplink/flights.o
agent-$(CONFIG_UPLINK) += agent/uplink/inbox.o
agent-$(CONFIG_UPLINK) += agent/uplink/uplink.o
agent-$(CONFIG_UPLINK) += agent/uplink/wire.o
