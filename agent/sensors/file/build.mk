# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_FILE) += agent/sensors/file/file_sensor.o
