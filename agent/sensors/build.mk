# SPDX-License-Identifier: Apache-2.0
agent-y += agent/sensors/path.o
agent-y += agent/sensors/sensors.o
agent-$(CONFIG_SOURCE_UEVENT) += agent/sensors/uevent_text.o
