# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_EXPOSURE) += agent/sensors/exposure/exposure_sensor.o
