# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_MODULE) += agent/sensors/module/module_sensor.o
