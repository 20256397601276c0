# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_PROCESS) += agent/sensors/process/process_loaders.o
agent-$(CONFIG_SENSOR_PROCESS) += agent/sensors/process/process_sensor.o
agent-$(CONFIG_SENSOR_PROCESS) += agent/sensors/process/process_table.o
agent-$(CONFIG_SENSOR_PROCESS) += agent/sensors/process/process_text.o
