# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_SESSION) += agent/sensors/session/session_sensor.o
agent-$(CONFIG_SENSOR_SESSION) += agent/sensors/session/session_table.o
agent-$(CONFIG_SENSOR_SESSION) += agent/sensors/session/session_utmp.o
