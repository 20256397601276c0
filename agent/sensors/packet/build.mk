# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_PACKET) += agent/sensors/packet/packet_sensor.o
agent-$(CONFIG_SENSOR_PACKET) += agent/sensors/packet/packet_sources.o
