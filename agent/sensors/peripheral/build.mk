# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_PERIPHERAL) += agent/sensors/peripheral/peripheral_sensor.o
