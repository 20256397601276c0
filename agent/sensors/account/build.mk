# SPDX-License-Identifier: Apache-2.0
agent-$(CONFIG_SENSOR_ACCOUNT) += agent/sensors/account/account_sensor.o
